"""The door for HTML: what the tree of a page says."""
