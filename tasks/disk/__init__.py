"""The disk door: what the command line names becomes references to pages (``targets``), and references become raw pages
(``read``).

Knows neither the database nor the broker. A new archive format is a branch of ``_path`` in ``targets`` and a reader that
yields ``Raw``; if a part of it can be read again alone, it also gets a kind of reference (docs/contributing.md).
"""
