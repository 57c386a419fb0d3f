"""Go through a page tag by tag, as a parser would, and refuse it where it nests too deep or tangles too much.

A sketch of tree construction (WHATWG HTML 13.2.6): it keeps the stack of open elements and the list of active formatting
elements, errs on the side of too many, and builds nothing. It knows comments, scripts, void elements, implied end tags,
misnested formatting and foreign content well enough not to refuse ordinary pages.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Set
from dataclasses import dataclass

from meeruit.tasks.errors import Unreadable
from meeruit.tasks.html.nesting_rules import (
    ALIEN,
    BREAKOUT,
    CLOSES,
    CLOSES_P,
    FORMATTING,
    HEADINGS,
    LIST_SCOPE,
    MARKERS,
    OPTION,
    POINTS,
    RAW,
    ROOTS,
    SCOPE,
    SPECIAL,
    TABLE_PARTS,
    VOID,
)

#: The deepest nesting that is parsed, the most attributes of one tag, the most elements made anew.
DEEPEST, MOST_ATTRIBUTES, MOST_COPIES = 512, 256, 300_000
#: The most looks at open elements; no page that is meant to be read comes near.
_MOST_STEPS = 3_000_000

_SPACE = r"[\t\n\f\r ]"
TAG_NAME = r"<[a-zA-Z][^\t\n\f\r />]*+"
#: One attribute of a tag as the tokenizer reads it: a quote counts only behind an equals sign (13.2.5.32 to 39).
ATTRIBUTE = (
    rf"(?>(?:{_SPACE}|/)*+[^\t\n\f\r />][^\t\n\f\r />=]*+"
    rf"(?:{_SPACE}*+={_SPACE}*+(?>\"[^\"]*+\"|'[^']*+'|(?![\"'])[^\t\n\f\r >]*+)|(?!{_SPACE}*+=)))"
)
_ATTRIBUTE = re.compile(ATTRIBUTE)
_TOKEN = re.compile(
    rf"<(?:(?P<name>/?[a-zA-Z][^\t\n\f\r />]*+)(?P<attributes>{ATTRIBUTE}*+)(?P<end>(?:{_SPACE}|/)*+>)?"
    r"|!--(?:-?>|.*?(?:--!?>|\Z))|[!/?][^>]*+>?)",
    re.DOTALL,
)


@dataclass(slots=True)
class _Format:
    """An active formatting element; ``open``: whether it is on the stack, too."""

    name: str
    attributes: str
    open: bool = True


@dataclass(slots=True)
class _Open:
    """An element on the stack; ``foreign``: SVG or MathML whose content is not HTML."""

    name: str
    foreign: bool = False
    format: _Format | None = None


def check_soup(text: str) -> None:
    """Raise ``Unreadable`` for HTML that nests too deep, tangles too much, or has a tag of too many attributes."""
    soup, at = _Soup(), 0
    while token := _TOKEN.search(text, at):
        name = (token["name"] or "").lower()
        if name and not token["end"]:  # the page ends inside this tag
            break
        if name and text[at : token.start()].strip():
            soup.reconstruct()
        at = token.end()
        if name.startswith("/"):
            soup.end(name[1:])
        elif name and soup.start(name, token["attributes"], closed=token["end"].endswith("/>")):
            end = re.compile(rf"</{re.escape(name)}(?=[\t\n\f\r />])", re.IGNORECASE).search(text, at)
            if end is None or name == "plaintext":
                break
            at = end.start()


class _Soup:
    """What is open after the tags seen so far."""

    def __init__(self) -> None:
        self.stack: list[_Open] = []
        self.names: Counter[str] = Counter()
        self.active: list[_Format | None] = []
        self.copies = self.steps = self.on_roots = 0

    def start(self, name: str, attributes: str, *, closed: bool) -> bool:
        """A start tag; ``closed``: with a slash at its end. Returns whether text follows, up to its end tag."""
        self._count_attributes(name, attributes)
        if self.stack and self.stack[-1].foreign:
            if name not in BREAKOUT:
                if not closed:
                    self._push(_Open(name, foreign=name not in POINTS))
                return False
            while self.stack and self.stack[-1].foreign:
                self._pop()
        if name in ALIEN:
            name = f"html:{name}"
        if name in RAW or name == "plaintext":
            return True
        if name in ("html", "head", "body") or (
            name in TABLE_PARTS and not (self.names["table"] or self.names["template"])
        ):
            return False
        if self.names["p"] and name in CLOSES_P:
            self._close({"p"}, SCOPE | {"button"})
        if name in CLOSES:
            self._close(*CLOSES[name])
        elif self.stack and any(name in kind and self.stack[-1].name in kind for kind in (HEADINGS, OPTION)):
            self._pop()
        if name in ("a", "nobr"):
            self._end_formatting(name)
        if name not in SPECIAL or name in MARKERS:
            self.reconstruct()
        if name in VOID or (closed and name in ROOTS):
            return False
        self._open(name, attributes)
        return False

    def end(self, name: str) -> None:
        """An end tag."""
        if self.stack and self.stack[-1].foreign and self._end_foreign(name):
            return
        if name in ALIEN:
            if self.stack and self.stack[-1].name == name:
                self._pop()
                return
            name = f"html:{name}"
        if name in FORMATTING:
            self._end_formatting(name)
        elif not self.names[name]:
            return
        elif name == "form":  # alone; what was opened in it stays open
            if (at := self._find({name}, SCOPE)) is not None:
                self.names[name] -= 1
                del self.stack[at]
        elif name in HEADINGS:
            self._close(HEADINGS, SCOPE)
        elif name in TABLE_PARTS or name == "table":
            self._close({name}, frozenset({"table", "template"}) - {name})
        elif name in SPECIAL:
            self._close({name}, (LIST_SCOPE if name == "li" else SCOPE) - {name})
        else:
            self._close({name}, SPECIAL)

    def reconstruct(self) -> None:
        """Open the formatting elements again that were closed by something else than their own end tag."""
        at = len(self.active)
        while at and (entry := self.active[at - 1]) is not None and not entry.open:
            at -= 1
        for entry in self.active[at:]:
            if entry is not None:
                entry.open = True
                self.copies += 1 + len(entry.attributes) // 32
                self._push(_Open(entry.name, format=entry))
        if self.copies > MOST_COPIES:
            raise Unreadable("HTML that opens formatting and never closes it")

    def _open(self, name: str, attributes: str) -> None:
        if name in FORMATTING:
            entry = _Format(name, attributes)
            same = [one for one in self._since_marker() if (one.name, one.attributes) == (name, attributes)]
            if len(same) > 2:  # the "Noah's Ark clause"
                self.active.remove(same[0])
            self.active.append(entry)
            self._push(_Open(name, format=entry))
            return
        self._push(_Open(name, foreign=name in ROOTS))
        if name in MARKERS:
            self.active.append(None)

    def _end_formatting(self, name: str) -> None:
        """The adoption agency: what stands between the element and its end tag stays open."""
        entry = next((one for one in reversed(self._since_marker()) if one.name == name), None)
        if entry is None:
            if self.names[name]:
                self._close({name}, SPECIAL)
            return
        if entry.open:
            at = self._find({name}, SCOPE, entry)
            if at is None:
                return
            if any(one.name in SPECIAL for one in self.stack[at + 1 :]):
                self.copies += 4
                self.names[name] -= 1
                del self.stack[at]
            else:
                while len(self.stack) > at:
                    self._pop()
        self.active.remove(entry)

    def _since_marker(self) -> list[_Format]:
        found: list[_Format] = []
        for entry in reversed(self.active):
            if entry is None:
                break
            found.append(entry)
        self._step(len(found))
        return found[::-1]

    def _end_foreign(self, name: str) -> bool:
        """An end tag in foreign content; False where it is for the HTML around that."""
        for at in range(len(self.stack) - 1, -1, -1):
            if not self.stack[at].foreign:
                return False
            if self.stack[at].name == name:
                while len(self.stack) > at:
                    self._pop()
                return True
        return False

    def _close(self, names: Set[str], until: Set[str]) -> None:
        """Close the innermost of ``names`` with all in it, if none of ``until`` comes first."""
        at = self._find(names, until)
        while at is not None and len(self.stack) > at:
            self._pop()

    def _find(self, names: Set[str], until: Set[str], entry: _Format | None = None) -> int | None:
        for at in range(len(self.stack) - 1, -1, -1):
            one = self.stack[at]
            self._step(1)
            if one.name in names and (entry is None or one.format is entry):
                return at
            if one.name in until:
                return None
        return None

    def _push(self, element: _Open) -> None:
        self.stack.append(element)
        self.names[element.name] += 1
        if len(self.stack) > DEEPEST:
            raise Unreadable(f"HTML nested more than {DEEPEST} deep")

    def _pop(self) -> None:
        element = self.stack.pop()
        self.names[element.name] -= 1
        if element.format:
            element.format.open = False
        elif element.name in MARKERS and not element.foreign:
            while self.active and self.active.pop() is not None:
                pass

    def _step(self, count: int) -> None:
        self.steps += count
        if self.steps > _MOST_STEPS:
            raise Unreadable("HTML whose tags are tangled")

    def _count_attributes(self, name: str, attributes: str) -> None:
        """Attributes of one tag; those of all ``<html>`` and ``<body>`` tags end up on one element."""
        if len(attributes) < 2 * MOST_ATTRIBUTES and name not in ("html", "body"):
            return
        count = sum(1 for _ in _ATTRIBUTE.finditer(attributes))
        self.on_roots += count if name in ("html", "body") else 0
        if max(count, self.on_roots) > MOST_ATTRIBUTES:
            raise Unreadable(f"HTML with a tag of more than {MOST_ATTRIBUTES} attributes")
