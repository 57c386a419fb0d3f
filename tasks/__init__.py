"""The work: pages in, canonical items out.

    read / fetch ──→ capture ──→ decode ──→ text or html door ──→ sift ──→ store, merge ──→ derive
    a body, when     bytes and   WHATWG     region, cut, item      true      one            windows that recur,
    and where from   a time      order      ages into windows      items?    transaction    revisions, gaps

``extract`` is the pure middle of it: bytes in, items out, no clock and no database. ``process`` is the recipe that takes
one piece of work through all of it; ``ledger`` and ``runs`` remember what there is to do and how it ended.
"""
