"""The tables: transactions, the merge, and what is derived from sightings."""
