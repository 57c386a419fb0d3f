"""What is read: made-up captures of news sites, generated once and kept, with what the tables must hold afterwards."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.newswire import text
from tests.newswire.camera import DAILY, LISTINGS, PAPER, Camera, Listing, Plan
from tests.newswire.captures import Capture
from tests.newswire.noise import Quiet
from tests.newswire.oracle import Tables, tables
from tests.newswire.stories import Desk
from tests.newswire.write import lines, write_lines
from tests.tables import true_gaps, true_items, true_sightings

#: The lists whose pages are found as text with a heading.
TEXTS = (
    Listing(PAPER, "Buitenland", ("G", "H"), 4),
    Listing(PAPER, "Binnenland", ("G", "H"), 4),
    Listing(PAPER, "Sport", ("G", "H"), 3),
    Listing(PAPER, "Zeeland", ("N", "H"), 3),
)
#: Days of the wire a thousand captures: so that 95 % of what is printed was printed before.
_DAYS = 0.6


@dataclass(frozen=True, slots=True)
class Workload:
    """Captures as files, and digests of the tables that they must lead to."""

    ordered: Path
    shuffled: Path
    pages: int
    truth: dict[str, Any]


def texts(folder: Path, pages: int, *, noisy: bool = False) -> Workload:
    """Text captures of four lists over some days, without faults of capturing.

    Items are spelled in many ways (quotes, dashes, places, agencies). ``noisy``: each copy also has stray spaces, line
    breaks, entities, invisible characters and marks apart from their letters, so that hardly two are alike as characters.
    """
    name = f"{'noisy' if noisy else 'text'}-{pages}"
    ordered, shuffled, told = (folder / f"{name}{end}" for end in (".jsonl", "-shuffled.jsonl", ".truth.json"))
    if not told.exists():
        folder.mkdir(parents=True, exist_ok=True)
        plan = Plan(pages, seed=15, days=_DAYS * pages / 1000, listings=TEXTS, outages=0)
        camera = Camera(replace(plan, stale=0, known=0, undated=0, cut=0, repeated=0, bare=0))
        captures = [camera.capture(number) for number in camera.numbers()]
        if not noisy:
            captures = [replace(one, body=text.render(Quiet(), one.form, one.sheet)) for one in captures]
        truth = digests(tables(captures))
        write_lines(captures, ordered)
        write_lines(_shuffled(captures), shuffled)
        told.write_text(json.dumps(truth))
    return Workload(ordered, shuffled, pages, json.loads(told.read_text()))


@dataclass(frozen=True, slots=True)
class Pages:
    """Captures of HTML as a file."""

    path: Path
    pages: int


def htmls(folder: Path, pages: int) -> Pages:
    """Captures of HTML, 60 kB each, of which no two are alike: the list, the article and what stands around them differ."""
    path = folder / f"html-{pages}.jsonl"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        listings = tuple(listing for listing in LISTINGS if listing.host == DAILY)
        plan = Plan(pages, seed=16, days=_DAYS * pages / 1000, listings=listings, outages=0)
        camera = Camera(replace(plan, stale=0, known=0, undated=0))
        with path.open("w", encoding="utf-8") as file:
            file.writelines(lines(_grown(camera.capture(number), number) for number in camera.numbers()))
    return Pages(path, pages)


_AROUND = (
    '<li class="teaser teaser--small"><a href="/nieuws/artikel-{n}" class="teaser__link" data-track="teaser-{n}"><img '
    'src="/beeld/{n}.jpg" alt="" width="320" height="180" loading="lazy"><span class="teaser__title">{title}</span></a></li>'
)
_SIZE = 60_000


def _grown(capture: Capture, number: int) -> Capture:
    """The page with the navigation, teasers and footer of a real one around it; its own ones."""
    rng, desk = random.Random(number), Desk(random.Random(number), set())
    head, main, rest = capture.body.partition("<main>")
    around = list[str]()
    size = len(capture.body)
    while size < _SIZE:
        around.append(_AROUND.format(n=rng.randrange(10**6), title=desk.headline()))
        size += len(around[-1])
    half = len(around) // 2
    before, after = "".join(around[:half]), "".join(around[half:])
    rest = rest.replace("<footer>", f"<ul>{after}</ul><footer>")
    return replace(capture, body=f"{head}<ul>{before}</ul>{main}{rest}")


def _shuffled(captures: list[Capture]) -> list[Capture]:
    captures = list(captures)
    random.Random(15).shuffle(captures)
    return captures


def digests(truth: Tables) -> dict[str, Any]:
    """How many rows there are, and digests of them."""
    items, sightings = true_items(truth), true_sightings(truth)
    return {
        "items": len(items),
        "sightings": len(sightings),
        "digest": digest((plain(items), sightings)),
        "derived": digest((items, true_gaps(truth))),
    }


def plain(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Items without what is derived once all of them are there."""
    return [{name: value for name, value in item.items() if name != "revision_of"} for item in items]


def digest(rows: Any) -> str:
    """The SHA-256 of rows as JSON."""
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()
