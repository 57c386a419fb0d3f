"""Take off the marks that text tools set: numbers of links, stars, Markdown, lines wrapped at a width.

A page as text may come from lynx, html2text, a Markdown writer. Works on plain text; knows nothing of items.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

#: Without one of these a text holds no marks.
_STARS = ("*", "#", "_", "•", "+", "=")
_SIGNS = ("[", "\\", *_STARS)
_SPACE = r"[^\S\n]"
#: Text that may run over a line's end, but not over an empty line.
_SPAN = r"(?:[^\[\]\n]|\n(?!\s*\n)){1,500}?"
_URL = r"\(<?[^()\s]*(?:\n[^()\s]+)*(?:\([^()\s]*\)[^()\s]*)?>?(?:\s+\"[^\"\n]*\")?\)"
_IMAGE = re.compile(rf"!\[[^\[\]]{{0,500}}\]{_URL}")
_LINK = re.compile(rf"\[({_SPAN})?\]{_URL}")
#: lynx: ``[12]Kop een``.
_NUMBER = re.compile(r"\[(?<![^\s(]\[)\d{1,4}\](?=[^\s(])")
#: A dash is one only before another mark: it also begins a line of a ticker.
_BULLET = re.compile(rf"^{_SPACE}*(?:[*+•‣▪◦]{_SPACE}+|-{_SPACE}+(?=\[|\*\*))(?=\S)", re.MULTILINE)
_RULE = re.compile(rf"^{_SPACE}*(?:={{3,}}|(?:-{_SPACE}?){{3,}}|(?:\*{_SPACE}?){{3,}}|_{{3,}}){_SPACE}*$", re.MULTILINE)
_TITLE = re.compile(rf"^{_SPACE}*#{{1,6}}{_SPACE}+([^\n]*?){_SPACE}*#*{_SPACE}*$", re.MULTILINE)
_BOLD = re.compile(r"(?<!\w)(\*\*|__)(?=\S)((?:[^*_\n]|\n(?!\s*\n)){1,500}?)(?<=\S)\1(?!\w)")
_SLANTED = re.compile(r"(?<![\w*_])([*_])(?=\S)([^*_\n]+)(?<=\S)\1(?![\w*_])")
_ESCAPED = re.compile(r"\\([-.#*_+!\[\]()>`|~])")
#: The narrowest width that text is wrapped at.
_NARROWEST = 60


def unmark(text: str) -> str:
    """``text`` without marks; a link is its words."""
    if not any([sign in text for sign in _SIGNS]):  # noqa: C419 - a list is faster than a generator here
        return text
    if "](" in text:
        text = _LINK.sub(_words, _BULLET.sub("", _RULE.sub("", _IMAGE.sub("", text))))
    if "[" in text:
        text = _NUMBER.sub("", text)
    if any([sign in text for sign in _STARS]):  # noqa: C419
        text = _BULLET.sub("", _RULE.sub("", text))
        text = _SLANTED.sub(r"\2", _BOLD.sub(_inner, _TITLE.sub(r"\1", text)))
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text


def _words(link: re.Match[str]) -> str:
    return (link[1] or "").replace("\n", " ")


def _inner(bold: re.Match[str]) -> str:
    return bold[2].replace("\n", " ")


def unwrap(lines: Sequence[str]) -> list[str]:
    """Cleaned ``lines`` without the empty ones; those before an empty one that a tool has wrapped, as one.

    They are wrapped where one width explains every break: each line fits, and none has room for the next one's first word.
    """
    found, run = list[str](), list[str]()
    for line in lines:
        if line:
            run.append(line)
        elif run:
            found += [" ".join(run)] if len(run) > 1 and _are_wrapped(run) else run
            run = []
    return found + run


def _are_wrapped(run: Sequence[str]) -> bool:
    room = min(len(line) + 1 + len(following.partition(" ")[0]) for line, following in pairwise(run))
    return _NARROWEST <= room > max(map(len, run))
