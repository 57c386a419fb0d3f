"""The work: what there is to do, who does it, and how it ends.

    enrol ──→ ledger ──→ process: claim, read or fetch, capture, store ──→ following: what comes of it
                ↑
    polling, scanning, replay, sweeping: where work comes from, and what finds lost work

``ledger`` holds the states of a piece of work, ``fetch_claims`` takes many addresses at once, ``backlog`` says what is left.
``tools`` is what the process lends: the database, the broker, the web.
A new kind of work is a ``WorkKind`` (store/tables.py) and a branch in ``process``. Knows no HTML and no grammar.
"""
