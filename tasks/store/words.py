"""The index of the words of items, which the database keeps in step by itself: FTS5 with triggers on SQLite, GIN on PostgreSQL.

It finds candidates: the items that hold words with these beginnings in headline, text, place or section. Whoever asks looks at the
items themselves for the rest, since databases cut words in their own ways.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from sqlalchemy import ColumnElement, Connection, bindparam, column, literal_column, select, text
from sqlalchemy import table as named_table

from meeruit.tasks.fold import fold
from meeruit.tasks.store.tables import Item, table

_item = table(Item)
_WORD = re.compile(r"[^\W_]+")
_PHRASE = re.compile(r'"([^"]+)"')
#: Signs around a word that are no part of it.
_AROUND = ".,;:!?()[]\"'"
#: Characters of an item that PostgreSQL indexes: a text of a megabyte would be refused with its row.
_LONGEST = 100_000

#: What parts words, as a list: PostgreSQL would take ``a-b``, ``a/b`` or ``1.5`` for one word, and a curly quote for a letter.
_PARTS = "-./@_+~#&<>=´‘’‚“”„«»‹›–—‑−…•·°"
#: The expression that the migration indexed. Words parted as on SQLite; the dictionary changes nothing but the case.
_POSTGRESQL_INDEX = (
    "to_tsvector('simple', translate(left(coalesce(headline, '') || ' ' || text || ' ' || coalesce(place, '') || ' ' || "
    f"coalesce(section, ''), {_LONGEST}), '{_PARTS}', '{' ' * len(_PARTS)}'))"
)


def words_of(said: str) -> list[str]:
    """The words of a text, in lower case, without what parts them."""
    return _WORD.findall(said.lower())


def holds(said: str, wanted: Sequence[str]) -> bool:
    """Whether for each of the wanted words a text has one that begins so."""
    said = said.lower()
    return all(word in said and _beginning(word).search(said) for word in wanted)


def asks_for(search: str) -> Callable[[str], bool]:
    """Whether a text says what is looked for: its words or their beginnings, in any order; what is in quotes, as it stands.

    So does a word with signs in it: ``R&D``, ``19.393``, ``zo'n``. Quotes and dashes of all kinds are alike, as in the hash.
    """
    quoted = _PHRASE.findall(fold(search))
    signs = [word.strip(_AROUND) for word in _PHRASE.sub(" ", fold(search)).split()]
    words = words_of(search)
    phrases = [each.lower() for each in (*quoted, *signs) if not _WORD.fullmatch(each)]

    def says(said: str) -> bool:
        return holds(said, words) and (not phrases or all(phrase in fold(said).lower() for phrase in phrases))

    return says


@lru_cache(maxsize=256)
def _beginning(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_]){word}")


def with_words(db: Connection, wanted: Sequence[str]) -> ColumnElement[bool]:
    """The items that hold words with all these beginnings, by the index."""
    if db.dialect.name == "sqlite":
        asked = " AND ".join(f'"{word}" *' for word in wanted)
        index = named_table("item_words", column("rowid"))
        matching = select(index.c.rowid).where(text("item_words MATCH :words").bindparams(bindparam("words", asked)))
        return _item.c.id.in_(matching)
    asked = " & ".join(f"{word}:*" for word in wanted)
    question = text("to_tsquery('simple', :words)").bindparams(bindparam("words", asked))
    return literal_column(_POSTGRESQL_INDEX).op("@@")(question)
