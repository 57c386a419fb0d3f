"""A made-up newswire: captures of news pages whose truth is fully known, and what the tables must hold after them.

    words ──→ stories ──→ wire: what was published, second by second
                            │
    ages ─────────────────→ camera: what a page showed when it was captured
                            │
    noise ──→ text, markup  │  the forms G, N, H, L, S and HTML, with the noise that identity must ignore
                            ▼
                          captures ──→ write: JSON Lines, files with sidecars
                            │
                            ▼
                          oracle (fold, revisions, gaps): the tables, computed the plain way

Nothing here imports the product: a truth that the code under test had a hand in would prove nothing. Everything is
drawn from seeded generators, so the same seed gives the same bytes on every machine.
"""

from __future__ import annotations
