"""Reading back: listings, status, explanations. Writes nothing, and knows only the store.

A new key of an item's JSON and CSV goes into ``listings.ITEM_KEYS``, a new column of the table that ``meeruit items``
prints into ``items`` of worker/cli/inspecting.py, a new figure of ``status`` into ``status``.
"""
