"""From bytes to text, as browsers do it: which encoding, and whether the bytes are text at all.

Knows no markup but a page's ``<meta charset>``. A kind of file that is no page goes into the table of ``sniff``.
"""
