"""The way out: the HTTP client, the guard against private addresses, the pace of each host.

Made once in a process and lent to ``tasks/web``, which does not know how it is made.
"""
