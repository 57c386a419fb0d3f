"""How fast pages are extracted, beside the least that such a job could cost: ``make bench-extract``.

HTML pages of 60 kB are held against selectolax's bare parse of the same pages; text pages against a bare loop that
decodes, splits at the ages, normalises and hashes. The pages spell their items in many ways, as the tests' pages do, but
have no noise in their markup. Both sides of a pair run in turn, five times; medians of processor time are printed. The
first two lines read the same pages each time, so that their items are known, as on a site that is polled; in the last
line, which has no floor, every page is new, and most of its items.
"""

from __future__ import annotations

import hashlib
import re
import statistics
import sys
import time
import unicodedata
from collections.abc import Callable, Sequence
from functools import partial

from selectolax.lexbor import LexborHTMLParser

from meeruit.tasks.extract import extract
from meeruit.tasks.records import Page
from tests.newswire import markup
from tests.newswire import text as plain
from tests.newswire.camera import Camera, Plan
from tests.newswire.captures import Capture
from tests.newswire.noise import Quiet

ROUNDS, PAGES = 5, 300
#: Pages of sites that are polled, read so many times a round: their items are fewer than a process keeps in mind (1,024).
_POLLED, _TIMES = 60, 5
_AGE = re.compile(r"\n\d+ (?:seconden?|minuten?|uur|dag(?:en)?|we(?:ek|ken)|maand(?:en)?|jaar) geleden")
_SIZE = 60_000


def main() -> int:
    """Print the table; 1 where a ratio is below its floor."""
    captures = _captures(4)
    html = [_html(capture) for capture in captures if capture.is_html][:_POLLED] * _TIMES
    text = [plain.render(Quiet(), c.form, c.sheet).encode() for c in captures if c.form in {"G", "N", "H"}]
    text = text[:_POLLED] * _TIMES
    new = [_html(capture) for capture in _captures(12) if capture.is_html]
    web, dump = "text/html; charset=utf-8", "text/plain; charset=utf-8"
    print(f"{'':22}{'pages/s':>10}{'bare':>10}{'ratio':>8}{'floor':>8}")
    kinds: list[tuple[str, list[list[bytes]], str, Callable[[bytes], object], float]] = [
        ("HTML, 60 kB", [html] * (ROUNDS + 1), web, LexborHTMLParser, 0.3),
        ("text, G N H", [text] * (ROUNDS + 1), dump, _bare, 0.2),
        ("HTML, every page new", [new[at :: ROUNDS + 1] for at in range(ROUNDS + 1)], web, LexborHTMLParser, 0),
    ]
    met = True
    for name, rounds, media_type, bare, floor in kinds:
        ours, theirs = _pair(rounds, partial(_extract, media_type), bare)
        met = met and ours / theirs >= floor
        print(f"{name:22}{ours:>10,.0f}{theirs:>10,.0f}{ours / theirs:>8.2f}{f'{floor:.2f}' if floor else '':>8}")
    return 0 if met else 1


def _captures(share: int) -> list[Capture]:
    """So many captures for each page that is read, over two days."""
    camera = Camera(Plan(share * PAGES, seed=3, days=2, cut=0, undated=0))
    return [camera.capture(number) for number in camera.numbers()]


def _html(capture: Capture) -> bytes:
    return _grown(markup.render(Quiet(), "card", capture.sheet)).encode()


def _pair(
    rounds: Sequence[Sequence[bytes]], one: Callable[[bytes], object], other: Callable[[bytes], object]
) -> tuple[float, float]:
    """Pages a second of two ways to read the pages of each round, in turn; the first round warms up."""
    times: tuple[list[float], list[float]] = ([], [])
    for pages in rounds:
        for taken, read in zip(times, (one, other), strict=True):
            started = time.process_time()
            for page in pages:
                read(page)
            taken.append((time.process_time() - started) / len(pages))
    return 1 / statistics.median(times[0][1:]), 1 / statistics.median(times[1][1:])


def _extract(media_type: str, page: bytes) -> object:
    return extract(Page(page, media_type=media_type))


def _bare(page: bytes) -> list[str]:
    """The least: decode, split at the ages, normalise, hash."""
    parts = _AGE.split(page.decode())
    return [hashlib.sha256(" ".join(unicodedata.normalize("NFC", p).split()).encode()).hexdigest() for p in parts]


def _grown(page: str) -> str:
    """The page with the navigation, teasers and footer of a real one around it: 60 kB, some 700 elements."""
    teaser = (
        '<li class="teaser teaser--small"><a href="/nieuws/artikel-{n}" class="teaser__link" data-track="teaser-{n}">'
        '<img src="/beeld/{n}.jpg" alt="" width="320" height="180" loading="lazy"><span class="teaser__title">Een titel '
        "van een ander stuk, nummer {n}</span></a></li>"
    )
    head, _, rest = page.partition("<main>")
    around: list[str] = []
    while len(page) + sum(map(len, around)) < _SIZE:
        around.append(teaser.format(n=len(around)))
    half = len(around) // 2
    before, after = "".join(around[:half]), "".join(around[half:])
    return f"{head}<ul>{before}</ul><main>{rest.replace('<footer>', f'<ul>{after}</ul><footer>')}"


if __name__ == "__main__":
    sys.exit(main())
