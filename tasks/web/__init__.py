"""One visit to one address: the request, redirects, robots.txt, feeds."""
