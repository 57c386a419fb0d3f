"""Reading back: listings, status, explanations. Writes nothing, and knows only the store.

A new column of ``items`` goes into ``listings.ITEM_KEYS``, a new figure of ``status`` into ``status``.
"""
