"""Makes the ordinary pages: every template, in both languages, twice. The same pages at every call.

A template is what stands on the page. ``{age}`` and the like are filled in by ``words``; ``[[9: … ]]`` is repeated nine
times, each time with other words. HTML templates get a page around them, text templates are a page as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.ordinary.words import word

TEMPLATES = Path(__file__).parent / "templates"
ROUNDS = 2

_REPEATED = re.compile(r"\[\[(\d+): ?(.*?)\]\]", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_SHELLS = (
    "<header><nav>NAV</nav></header>\n<main>MAIN</main>\n<footer><p>&copy; 2026</p></footer>",
    '<div id="top"><img src="/logo.png" alt="">NAV</div>\nMAIN\n<div class="cookies"><p>Cookies?</p></div>',
    '<table width="100%"><tr><td>NAV</td><td>MAIN</td></tr></table>',
)
_NAV = '<ul><li><a href="/">{Voorpagina/Home}</a></li><li><a href="/sport">Sport</a></li></ul>'


@dataclass(frozen=True, slots=True)
class OrdinaryPage:
    """A page on which there is nothing for us to find."""

    name: str
    media_type: str
    body: bytes


def ordinary_pages() -> Iterator[OrdinaryPage]:
    """Every template in both languages, ``ROUNDS`` times with other words."""
    for path in sorted(TEMPLATES.iterdir()):
        for language in ("nl", "en"):
            for number in range(ROUNDS):
                name = f"{path.name}-{language}-{number}"
                yield _page(name, path, language)


def _page(name: str, path: Path, language: str) -> OrdinaryPage:
    chance = Random(name)
    main = path.read_text("utf-8")
    if path.suffix == ".txt":
        return OrdinaryPage(name, "text/plain", _filled(main, chance, language).encode())
    lang = chance.choice((f' lang="{language}"', f' lang="{language}"', ""))
    shell = chance.choice(_SHELLS).replace("NAV", _NAV).replace("MAIN", main)
    head = f'<!DOCTYPE html>\n<html{lang}>\n<head><meta charset="utf-8"><title>{{headline}}</title></head>\n'
    html = f"{head}<body>\n{shell}\n</body>\n</html>\n"
    return OrdinaryPage(name, "text/html", _filled(html, chance, language).encode())


def _filled(template: str, chance: Random, language: str) -> str:
    def words(text: str, row: int) -> str:
        return _PLACEHOLDER.sub(lambda found: word(found[1], chance, language, row), text)

    def rows(found: re.Match[str]) -> str:
        return "".join(words(found[2], row) for row in range(1, int(found[1]) + 1))

    return words(_REPEATED.sub(rows, template), 0)
