"""Patterns that are compiled when they are first used: a language has thirty, and a page needs a third of them."""

from __future__ import annotations

import re
from typing import Any, cast

_METHODS = ("match", "fullmatch", "search", "finditer", "findall", "split", "sub", "subn")


class _Later:
    """Stands in for a compiled pattern; once compiled, its methods are the pattern's own and cost nothing more."""

    def __init__(self, text: str) -> None:
        self.pattern = text

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(self.pattern)
        vars(self).update({method: getattr(compiled, method) for method in _METHODS})
        return getattr(compiled, name)


def compile_later(text: str) -> re.Pattern[str]:
    """``re.compile(text)``, put off until the pattern is used."""
    return cast("re.Pattern[str]", _Later(text))
