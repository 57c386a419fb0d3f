"""The way out: the HTTP client, the guard against private addresses, the pace of each host."""
