"""A front page of a made-up paper, served over HTTP: three lists, each edited in its own way, with ages from the clock.

``Laatste nieuws``   newest first, a new teaser every few seconds; an advertisement between its cards
``Uitgelicht``       an editor's choice in no order of time, now and then replaced as a whole
without a heading    headlines alone, without ages; a new one comes on top, the last one goes
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from string import Template

from tests.web.site import Site, answer

_TEMPLATE = Template((Path(__file__).parent / "front_page.html").read_text("utf-8"))
LATEST, PICKS = "Laatste nieuws", "Uitgelicht"
#: Seconds between two changes of a list.
NEWEST, CHOICE, BRIEF = 3.0, 8.0, 9.0
#: How many teasers the lists without an end show.
_LATEST, _BRIEFS = 8, 5
#: How old the editor's choices are when the site starts, in minutes, from the top of the page.
_CHOSEN = (180, 20, 300, 45, 120, 10)
_PLACES = "Goes Vlissingen Hulst Terneuzen Veere Sluis Tholen Zierikzee Kapelle Borsele".split()
_DEEDS = "sluit de brug|opent een haven|wil meer bomen|bouwt een school|viert het feest|zoekt vrijwilligers|krijgt een markt".split(
    "|"
)
_AD = '<div class="card"><p>Advertentie</p><a href="https://shop.example/"><img src="/ad.png" alt=""></a></div>'


@dataclass(frozen=True, slots=True)
class Teaser:
    """One teaser as the paper wrote it; ``published`` is None where the page prints no age."""

    section: str | None
    number: int
    published: float | None

    @property
    def headline(self) -> str:
        place, deed = _PLACES[self.number % len(_PLACES)], _DEEDS[self.number % len(_DEEDS)]
        return f"Gemeente {place} {deed}, {self._kind} {self.number}"

    @property
    def text(self) -> str:
        """Its text; empty for a headline alone."""
        return (
            ""
            if self.section is None
            else f"Het besluit viel na een lang debat, {self._kind} {self.number} van de raad."
        )

    @property
    def path(self) -> str:
        return f"/{self._kind}/{self.number}"

    @property
    def _kind(self) -> str:
        return {LATEST: "bericht", PICKS: "verhaal", None: "kort"}[self.section]


class FrontPage:
    """The page at ``/``; remembers what it showed, and when."""

    def __init__(self, at: Site) -> None:
        self.site = at
        self.started = time.time()
        #: When each teaser was first shown; written as the page goes out.
        self.shown: dict[Teaser, float] = {}
        #: What each answer showed.
        self.answers: list[tuple[Teaser, ...]] = []
        self._lock = threading.Lock()
        at.pages["/"] = self._serve

    def shared(self, section: str | None) -> list[int]:
        """How many teasers of a list each answer shares with the one before, from the second on."""
        lists = [{one for one in teasers if one.section == section} for teasers in self.answers]
        return [len(before & after) for before, after in pairwise(lists)]

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            now = time.time()
            teasers = (*self._picks(now), *self._latest(now), *self._briefs(now))
            for teaser in teasers:
                self.shown.setdefault(teaser, now)
            self.answers.append(teasers)
        connection.sendall(answer(page_of(teasers, now).encode(), "Content-Type: text/html; charset=utf-8"))

    def _latest(self, now: float) -> list[Teaser]:
        passed = int((now - self.started) / NEWEST)
        numbers = range(passed + _LATEST, passed, -1)
        return [Teaser(LATEST, number, self.started + (number - _LATEST) * NEWEST) for number in numbers]

    def _picks(self, now: float) -> list[Teaser]:
        edition = int((now - self.started) / CHOICE)
        first = edition * len(_CHOSEN)
        return [Teaser(PICKS, first + at, self.started - 60 * age - edition) for at, age in enumerate(_CHOSEN)]

    def _briefs(self, now: float) -> list[Teaser]:
        passed = int((now - self.started) / BRIEF)
        return [Teaser(None, number, None) for number in range(passed + _BRIEFS, passed, -1)]


def page_of(teasers: Sequence[Teaser], now: float) -> str:
    """The page that shows these teasers."""
    latest = [_card(one, now) for one in teasers if one.section == LATEST]
    latest.insert(3, _AD)
    picks = [_card(one, now) for one in teasers if one.section == PICKS]
    briefs = [f'<li><a href="{one.path}">{one.headline}</a></li>' for one in teasers if one.section is None]
    return _TEMPLATE.substitute(latest="\n".join(latest), picks="\n".join(picks), briefs="\n".join(briefs))


def _card(teaser: Teaser, now: float) -> str:
    title = f'<h3><a href="{teaser.path}">{teaser.headline}</a></h3>'
    age = _age(int(now - (teaser.published or now)))
    return f'<article class="card">{title}<p>{teaser.text}</p><small>{age}</small></article>'


def _age(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} seconden geleden"
    return f"{seconds // 60} minuten geleden" if seconds < 3600 else f"{seconds // 3600} uur geleden"
