"""What is polled, and who is told: ``sources.toml``, read and checked whole before anything starts. Polls nothing.

Every mistake is one line: the file, the line in it, the source, the key, and what to write instead.
"""

from __future__ import annotations

import base64
import math
import re
import tomllib
from pathlib import Path
from typing import Any, NoReturn

from meeruit.tasks.addresses import parse_address, shortened
from meeruit.tasks.errors import Unreadable, UsageError
from meeruit.tasks.grammar.profiles import BUILT_IN, named_profile
from meeruit.tasks.records import Rounding
from meeruit.tasks.store.tables import LONGEST_NAME
from meeruit.tasks.work.polling import Polled
from meeruit.worker.hooks import Webhook

#: Seconds between two polls, at least, and where nobody says.
MIN_EVERY, DEFAULT_EVERY = 5, 600
#: Seconds between two requests to one host, where nobody says; and at most, so that a turn comes within the hour.
DEFAULT_DELAY, MAX_DELAY = 5.0, 3_600.0
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_MAX_EVERY = 366 * _UNITS["d"]
#: What a table of each kind may say.
_KEYS = {
    "source": ("name", "urls", "feeds", "folder", "every", "profile", "listing", "rounding", "delay"),
    "webhook": ("name", "url", "secret"),
}
_HEADER = re.compile(r"\s*\[\[\s*[\"']?(\w+)[\"']?\s*\]\]")
#: What a secret begins with, and how many bytes it stands for, as Standard Webhooks says.
_SECRET, _SHORTEST, _LONGEST = "whsec_", 24, 64


class Unusable(UsageError):
    """What a source names beside its file, a folder or a profile, is not there, or not fit for use."""


def read_sources(path: Path) -> tuple[Polled, ...]:
    """Read a file of sources. Raises UsageError, one line, for the first mistake in it, or if it cannot be read."""
    return tuple(entry.source() for entry in _entries(path, "source"))


def usable_sources(path: Path) -> tuple[tuple[Polled, ...], tuple[str, ...]]:
    """The sources that can be polled, and a line for each that cannot for want of its folder or profile.

    Raises UsageError for a mistake in the file itself.
    """
    sources: list[Polled] = []
    unusable: list[str] = []
    for entry in _entries(path, "source"):
        try:
            sources.append(entry.source())
        except Unusable as exc:
            unusable.append(str(exc))
    return tuple(sources), tuple(unusable)


def read_webhooks(path: Path) -> tuple[Webhook, ...]:
    """The webhooks of a file of sources, none where there is no such file. Raises UsageError in the same way."""
    return tuple(entry.webhook() for entry in _entries(path, "webhook")) if path.exists() else ()


def _entries(path: Path, kind: str) -> list[_Entry]:
    """The tables of a kind, each with a name of its own."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text)
    except OSError as exc:
        raise UsageError(f"{path}: cannot read the sources: {exc.strerror or exc}") from exc
    except UnicodeDecodeError as exc:
        raise UsageError(f"{path}: this is no UTF-8 text; save it as UTF-8") from exc
    except (tomllib.TOMLDecodeError, RecursionError) as exc:
        raise UsageError(f"{path}: this is no TOML: {exc}") from exc
    tables = data.get(kind, [])
    for name in data:
        if name not in _KEYS:
            raise UsageError(
                f"{path}: unknown {name!r}; a file of sources holds [[source]] and [[webhook]] tables only"
            )
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise UsageError(f"{path}: write each {kind} as a table of its own, under [[{kind}]]")
    places = _places(text, kind)
    entries = [_Entry(path, kind, number, table, places) for number, table in enumerate(tables)]
    names: set[str] = set()
    for entry in entries:
        if (name := entry.name()) in names:
            entry.refuse("name", f"is taken by a {kind} above; give each its own")
        names.add(name)
    return entries


class _Entry:
    """One table on its way to becoming a Polled, or a Webhook."""

    def __init__(self, path: Path, kind: str, number: int, table: dict[str, Any], places: list[dict[str, int]]) -> None:
        self._path, self._kind, self._number, self._table = path, kind, number, table
        self._place = places[number] if number < len(places) else {}

    def source(self) -> Polled:
        """The source; raises UsageError."""
        self._check_keys()
        source = Polled(
            name=self.name(),
            urls=self._addresses("urls"),
            feeds=self._addresses("feeds"),
            folder=self._folder(),
            every=self._every(),
            profile=self._profile(),
            delay=self._delay(),
            listing=self._listing(),
            rounding=self._rounding(),
        )
        if not (source.urls or source.feeds or source.folder):
            self.refuse("", "names nothing to poll; give it urls, feeds or a folder")
        return source

    def webhook(self) -> Webhook:
        """The webhook; raises UsageError."""
        self._check_keys()
        secret = self._text("secret", needed=True) or ""
        try:
            key = base64.b64decode(secret.removeprefix(_SECRET), validate=True)
        except ValueError:
            key = b""
        if not secret.startswith(_SECRET) or not _SHORTEST <= len(key) <= _LONGEST:
            self.refuse(
                "secret",
                f"is no secret of a webhook; write {_SECRET} and behind it what `openssl rand -base64 32` says",
            )
        return Webhook(self.name(), self._address("url"), key)

    def _address(self, key: str) -> str:
        try:
            return parse_address(self._text(key, needed=True) or "").url
        except Unreadable as exc:
            self.refuse(key, f"is a {exc}")

    def _check_keys(self) -> None:
        for key in self._table:
            if key not in _KEYS[self._kind]:
                self.refuse(key, f"is not known; use {', '.join(_KEYS[self._kind])}")

    def refuse(self, key: str, what: str, error: type[UsageError] = UsageError) -> NoReturn:
        """Raise an error: file, line, source, key, and what to do."""
        line = self._place.get(key) or self._place.get("")
        name = self._table.get("name")
        who = f"{self._kind} {name!r}" if isinstance(name, str) and name else f"{self._kind} number {self._number + 1}"
        raise error(f"{self._path}{f':{line}' if line else ''}: {who}: {key + ' ' if key else ''}{what}")

    def _text(self, key: str, *, needed: bool = False) -> str | None:
        value = self._table.get(key)
        if value is None and not needed:
            return None
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            self.refuse(key, "is missing" if value is None else "must be a text in quotes, on one line")
        return value.strip()

    def name(self) -> str:
        """Its name; raises UsageError."""
        name = self._text("name", needed=True) or ""
        if len(name) > LONGEST_NAME:
            self.refuse("name", f"must have at most {LONGEST_NAME} characters, and has {len(name)}")
        return name

    def _addresses(self, key: str) -> tuple[str, ...]:
        values = self._table.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            self.refuse(key, 'must be a list of addresses, such as ["https://example.org/abroad"]')
        found: dict[str, None] = {}
        for value in values:
            try:
                found[parse_address(value).url] = None
            except Unreadable as exc:
                _, at, place = value.rpartition("@")  # what may be a password is shown to nobody
                shown = shortened(f"…@{place}" if at else value)
                self.refuse(key, f"holds {shown!r}: {exc}")
        return tuple(found)

    def _folder(self) -> Path | None:
        text = self._text("folder")
        if text is None:
            return None
        folder = self._relative(text)
        try:
            there = folder.is_dir()
        except OSError:  # a name too long for the system
            there = False
        if not there:
            self.refuse("folder", f"is no folder: {folder}; make it, or name another", Unusable)
        return folder

    def _profile(self) -> str | None:
        text = self._text("profile")
        if text is None or text in BUILT_IN:
            return text
        if not text.endswith(".toml"):
            self.refuse("profile", f"is neither {' nor '.join(BUILT_IN)} nor a TOML file: {text}")
        try:
            named_profile(str(self._relative(text)))
        except UsageError as exc:
            self.refuse("profile", f"cannot be used: {exc}", Unusable)
        return str(self._relative(text))

    def _every(self) -> int:
        text = self._table.get("every", f"{DEFAULT_EVERY}s")
        match = re.fullmatch(r"([0-9]{1,8})([smhd])", text) if isinstance(text, str) else None
        seconds = int(match[1]) * _UNITS[match[2]] if match else 0
        if not match:
            self.refuse("every", f'is no time: {text!r}; write it like "30s", "10m", "2h" or "1d"')
        if not MIN_EVERY <= seconds <= _MAX_EVERY:
            self.refuse("every", f'must lie between "{MIN_EVERY}s" and "366d", and is {text!r}')
        return seconds

    def _delay(self) -> float:
        value = self._table.get("delay", DEFAULT_DELAY)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            self.refuse("delay", "must be a number of seconds, such as 5")
        if not 0 <= value <= MAX_DELAY:
            self.refuse("delay", f"must lie between 0 and {MAX_DELAY:.0f} seconds, and is {value}")
        return float(value)

    def _listing(self) -> bool:
        value = self._table.get("listing", True)
        if not isinstance(value, bool):
            self.refuse("listing", "must be true or false")
        return value

    def _rounding(self) -> Rounding | None:
        text = self._text("rounding")
        if text is None:
            return None
        if text not in set(Rounding):
            self.refuse("rounding", f'must be "down" or "nearest", and is {text!r}')
        return Rounding(text)

    def _relative(self, text: str) -> Path:
        """A path as the file of sources means it."""
        return (self._path.absolute().parent / text).resolve()


def _places(text: str, kind: str) -> list[dict[str, int]]:
    """Per table of a kind the lines of its header (under an empty key) and of its keys; tomllib keeps none."""
    places: list[dict[str, int]] = []
    inside = False
    for number, line in enumerate(text.split("\n"), 1):
        if header := _HEADER.match(line):
            inside = header[1] == kind
            if inside:
                places.append({"": number})
        elif inside and (key := re.match(r"\s*[\"']?([\w-]+)[\"']?\s*[.=]", line)):
            places[-1].setdefault(key[1], number)
    return places
