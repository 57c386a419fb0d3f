"""The store: the tables, and every statement that changes them.

    tables       what is stored; a new column starts here, with a migration in worker/migrations
    transaction  one transaction, tried again where another was in its way
    bulk         many rows at once, as plain tuples; rows: other statements, and locks, that both databases take
    merge        captures into tables: items, pages, sightings; canonical says what an item then shows
    derive_runs  what needs order across pages: overlap and gaps; relate and revisions; rounding, of which windows,
                 contradictions and recurrence are parts; disorder
    words        the index of the words of items, kept by the database
    outbox       the order in which new items are told; hooks: how far webhooks were told
    prune        what is given up to save room: bodies; prune_sightings, of which deciding says what is kept; prune_runs
    rework       a page that is extracted differently today; forgetting: one that should never have been read
    runs, readings, bodies, validators, noted, failures    rows of their own

Works the same on SQLite and PostgreSQL. Knows no page text, no web, no files and no Celery.
"""
