"""The work: pages in, canonical items out. A map of the rooms; an arrow is the way of a page.

    web/   a visit   ─┐
                      ├─→ decoding/ ──→ html/ or grammar/ ──→ store/ ──────────→ report/
    disk/  a file    ─┘   bytes to      blocks, items, ages   merge, then        listings, status,
                          text                                derive             explanations
    └──────────────────────────── work/: the ledger takes pages through all of it ───────────────┘

``extract`` is the pure middle: a page in, its items out, no clock and no database. ``jobs`` has the Celery tasks, each a
few lines that call a function of ``work``. The other modules here are the ground that every room stands on: ``records``
(values), ``captures`` (a page on its way into the tables), ``extracted`` (what ``extract`` prints, and back),
``references`` (how a page is read again), ``fold`` (clean, fold, hash), ``times``, ``addresses``, ``counts``, ``errors``,
``events`` (for the log), ``marks`` (whether a file has changed), ``zstd``.

Where to add things:

    a wording of an age, a heading      grammar/languages/*.toml (docs/profiles.md); no code
    a kind of file or archive           disk/targets.py finds its pages, disk/read.py reads one
    a column of the table ``item``      store/tables.py, a migration, canonical.py, items.py and rework.py beside it
    a key or column of ``items``        report/listings.py (JSON, CSV), worker/cli/inspecting.py (the terminal)
    a cause of quarantine               raise Unreadable (errors.py) with one plain sentence, where it is noticed
    a Celery task                       a function in work/, four lines in jobs.py, worker/schedule.py if it is periodic

Each of these, file by file: docs/contributing.md. Which room may import which is a table in tests/test_rooms.py.
"""
