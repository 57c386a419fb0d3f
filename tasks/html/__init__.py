"""The HTML door: a page of any markup, read by its structure."""
