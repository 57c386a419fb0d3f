"""A table of a TOML file, read key by key; whatever is wrong with it is one line with the file and the key.

Knows nothing of what the keys mean.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from meeruit.tasks.errors import UsageError
from meeruit.tasks.grammar.wording import slots_of


class Table:
    """One table of the file ``path``, called ``name`` in it (empty for the file itself)."""

    def __init__(self, path: Path, name: str, data: dict[str, Any]) -> None:
        self.path = path
        self.name = name
        self.data = data
        self._asked: set[str] = set()

    def refuse(self, key: str, what: str) -> NoReturn:
        """Raise ``UsageError``: the file, the key, what is wrong with it and what to write instead."""
        raise UsageError(f"{self.path}: {f'{self.name}.' if self.name else ''}{key} {what}")

    def text(self, key: str) -> str:
        """A text that must be there."""
        value = self._get(key)
        if not isinstance(value, str) or not value.strip():
            self.refuse(key, "is missing" if value is None else "must be a text in quotes")
        return value.strip()

    def option(self, key: str) -> str | None:
        """A text, None where the key is missing."""
        return self.text(key) if key in self.data else self._get(key)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty where the key is missing."""
        value = self._get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            self.refuse(key, 'must be a list of texts, such as ["one", "two"]')
        return tuple(one.strip() for one in value)

    def phrases(self, key: str, slots: set[str], *, needed: bool = False, whole: bool = False) -> tuple[str, ...]:
        """A list of phrases with no slots but ``slots``; ``needed``: at least one; ``whole``: each slot in each phrase."""
        phrases = self.texts(key)
        if needed and not phrases:
            self.refuse(key, "is missing; give at least one phrase")
        for phrase in phrases:
            used = slots_of(phrase)
            if (strange := set(used) - slots) or len(used) > len(set(used)):
                self.refuse(key, f"has {{{min(strange or used)}}} in {phrase!r}; use {_listed(slots)}, each once")
            if whole and set(used) != slots:
                self.refuse(key, f"lacks {_listed(slots - set(used))} in {phrase!r}")
        return phrases

    def numbers(self) -> dict[str, int]:
        """The whole table as word -> whole number from 0 up; words in lower case."""
        for key, value in self.data.items():
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 9999:
                self.refuse(key, "must be a whole number")
        return {key.lower(): value for key, value in self.data.items()}

    def table(self, key: str) -> Table:
        """The table inside this one, empty where it is missing."""
        value = self._get(key, {})
        if not isinstance(value, dict):
            self.refuse(key, f"must be a table: [{self.name or key}]")
        return Table(self.path, f"{self.name}.{key}" if self.name else key, value)

    def zone(self, key: str) -> str:
        """The name of a time zone; UTC where the key is missing."""
        name = self._get(key, "UTC")
        try:
            ZoneInfo(name)
        except (KeyError, OSError, ValueError, TypeError, AttributeError):
            self.refuse(key, 'is no time zone; name one such as "Europe/Amsterdam"')
        return str(name)

    def done(self) -> None:
        """Refuse what nobody asked for: a key that does nothing is a mistake."""
        for key in self.data:
            if key not in self._asked:
                self.refuse(key, f"is not known; use {', '.join(sorted(self._asked))}")

    def _get(self, key: str, missing: Any = None) -> Any:
        self._asked.add(key)
        return self.data.get(key, missing)


def _listed(slots: set[str]) -> str:
    return " and ".join(f"{{{slot}}}" for slot in sorted(slots))
