"""JSON arrays of records: a file that holds ``[{...}, {...}]`` becomes raw pages, one element after another.

No offset leads into such a file, so its bodies are stored at enrolment, as those of standard input are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from meeruit.tasks.captures import Raw
from meeruit.tasks.disk.read import as_page, open_regular, printable_path, short
from meeruit.tasks.errors import Unreadable
from meeruit.tasks.references import Streamed

#: Bytes of an array, at most: it is held whole. JSON Lines may be of any size.
MAX_ARRAY = 100_000_000
_FIRST = re.compile(rb"(?:\xef\xbb\xbf)?[\t\n\r ]*\[")
_SPACE = re.compile(r"[\t\n\r ]*")
_BETWEEN = re.compile(r"[\t\n\r ]*([,\]])[\t\n\r ]*")


def holds_array(path: str, root: str | None = None) -> bool:
    """Whether a file begins as a JSON array; False for one that cannot be read."""
    try:
        with open_regular(printable_path(path), root) as file:
            return _FIRST.match(file.read(1024)) is not None
    except (OSError, Unreadable):
        return False


def read_array(path: str, root: str | None = None, columns: str | None = None) -> Iterator[Raw]:
    """The pages of an array, ``path:NUMBER`` the address of one without; what is broken ends it, and is named."""
    try:
        text = _text(path, root)
    except (Unreadable, UnicodeDecodeError) as exc:
        yield Raw(path, Streamed(path), problem=str(exc) if isinstance(exc, Unreadable) else f"not JSON: {exc}")
        return
    number, elements = 1, _elements(text)
    while True:
        place = f"{path}:{number}"
        try:
            element = next(elements, None)
        except (ValueError, RecursionError) as exc:
            yield Raw(place, Streamed(place), problem=f"not JSON from here on: {short(exc)}")
            return
        if element is None:
            return
        yield as_page(element[0], place, Streamed(place), columns)
        number += 1


def _text(path: str, root: str | None) -> str:
    with open_regular(printable_path(path), root) as file:
        content = file.read(MAX_ARRAY + 1)
    if len(content) > MAX_ARRAY:
        raise Unreadable(f"a JSON array of more than {MAX_ARRAY:,} bytes; write it as JSON Lines")
    return content.decode("utf-8-sig")


def _elements(text: str) -> Iterator[tuple[Any]]:
    """The elements of an array, each in a tuple of its own, since one may be null; raises ValueError where it breaks."""
    decoder, at = json.JSONDecoder(), _end_of_space(text, text.index("[") + 1)
    if text[at : at + 1] == "]":
        return
    while True:
        element, at = decoder.raw_decode(text, at)
        yield (element,)
        between = _BETWEEN.match(text, at)
        if between is None:
            raise ValueError("a comma or the end of the array is missing")
        if between[1] == "]":
            return
        at = between.end()


def _end_of_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
