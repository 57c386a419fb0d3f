"""The words of items: an index that the database itself keeps in step."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_COLUMNS = ("headline", "text", "place", "section")
#: Characters of an item that PostgreSQL indexes: a text of a megabyte would be refused with its row.
_LONGEST = 100_000
_NEW, _OLD = (", ".join(f"{row}.{name}" for name in _COLUMNS) for row in ("new", "old"))
_NAMES = ", ".join(_COLUMNS)
_CHANGED = " OR ".join(f"old.{name} IS NOT new.{name}" for name in _COLUMNS)
_ADD = f"INSERT INTO item_words (rowid, {_NAMES}) VALUES (new.id, {_NEW});"  # noqa: S608 - names of ours
_TAKE = f"INSERT INTO item_words (item_words, rowid, {_NAMES}) VALUES ('delete', old.id, {_OLD});"  # noqa: S608
#: Nothing is stored twice: the index refers to the rows of ``item``, and holds neither places nor sizes of words.
_SQLITE_UP = (
    f"CREATE VIRTUAL TABLE item_words USING fts5({_NAMES}, content = 'item', content_rowid = 'id', detail = 'none', "
    "columnsize = 0, tokenize = 'unicode61 remove_diacritics 0')",
    f"CREATE TRIGGER item_words_insert AFTER INSERT ON item BEGIN {_ADD} END",
    f"CREATE TRIGGER item_words_delete AFTER DELETE ON item BEGIN {_TAKE} END",
    f"CREATE TRIGGER item_words_update AFTER UPDATE OF {_NAMES} ON item WHEN {_CHANGED} BEGIN {_TAKE} {_ADD} END",
    "INSERT INTO item_words (item_words) VALUES ('rebuild')",
)
_SQLITE_DOWN = (
    *(f"DROP TRIGGER item_words_{name}" for name in ("insert", "delete", "update")),
    "DROP TABLE item_words",
)
#: What parts words, as a list: PostgreSQL would take ``a-b``, ``a/b`` or ``1.5`` for one word, and a curly quote for a letter.
_PARTS = "-./@_+~#&<>=´‘’‚“”„«»‹›–—‑−…•·°"
#: Words parted as on SQLite; the dictionary changes nothing but the case.
_POSTGRESQL_INDEX = (
    "to_tsvector('simple', translate(left(coalesce(headline, '') || ' ' || text || ' ' || coalesce(place, '') || ' ' || "
    f"coalesce(section, ''), {_LONGEST}), '{_PARTS}', '{' ' * len(_PARTS)}'))"
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in _SQLITE_UP:
            op.execute(statement)
    else:
        op.execute(f"CREATE INDEX ix_item_words ON item USING gin ({_POSTGRESQL_INDEX})")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in _SQLITE_DOWN:
            op.execute(statement)
    else:
        op.execute("DROP INDEX ix_item_words")
