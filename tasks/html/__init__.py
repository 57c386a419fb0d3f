"""The HTML door: a parsed page becomes blocks of items and the page's own article.

The only room that knows selectolax. What the words on a page mean is for ``grammar``; what hostile markup may cost is
bounded in ``limits``, before anything is parsed.
"""
