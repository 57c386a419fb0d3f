"""The disk door: what the command line names becomes references to pages (``targets``), and references become raw pages
(``read``).

Knows neither the database nor the broker. A new archive format is a kind of target in ``targets`` and a reader in
``read``; if a part of it can be read again alone, it also gets a kind of reference (``tasks/references.py``).
"""
