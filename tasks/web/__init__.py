"""The web door: one visit to one address, allowed by robots.txt, in the pace of its host, through redirects.

The only room of tasks/ that knows httpx. It borrows the client, the pace and the memory from the process, and stores nothing. A
status or header that should mean something else is a line in ``answer``.
"""
