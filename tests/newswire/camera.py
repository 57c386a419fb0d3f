"""The camera: which pages of two made-up sites were captured when, as a lazy stream of captures.

The n-th capture is a pure function of the plan and n. So a stream of any length needs no memory but the wire's, can be
taken in any order, and a stale or doubled copy is simply an earlier number looked up again.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count, islice

from tests.newswire import markup, text
from tests.newswire.captures import Block, Capture, Lead, Sheet
from tests.newswire.pages import Habit, link, old_article, own_article
from tests.newswire.wire import SECTIONS, Wire

PAPER, DAILY = "www.zeeuwsnieuws.example", "dagkrant.example"
#: How many of the newest stories a list shows.
NEWEST = 7


@dataclass(frozen=True, slots=True)
class Listing:
    """The list of one section on one host, the forms that its pages are found in, and its share of the captures."""

    host: str
    section: str
    forms: tuple[str, ...]
    weight: int = 3


LISTINGS = (
    Listing(PAPER, "Buitenland", ("G", "G", "H", "H", "S"), 4),
    Listing(PAPER, "Binnenland", ("G", "H", "H", "S"), 4),
    Listing(PAPER, "Sport", ("G", "H", "H", "S")),
    Listing(PAPER, "Zeeland", ("N", "N", "H", "L")),
    Listing(PAPER, "Tholen", ("N", "H"), 1),
    Listing(PAPER, "Beveland", ("N", "H"), 1),
    Listing(DAILY, "Buitenland", ("HTML",), 4),
    Listing(DAILY, "Binnenland", ("HTML",)),
    Listing(DAILY, "Sport", ("HTML",)),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is captured: how many captures over how many days, and the share of each fault among them."""

    captures: int
    seed: int = 7
    days: float = 3
    start: datetime = datetime(2025, 3, 3, 6, tzinfo=UTC)
    listings: tuple[Listing, ...] = LISTINGS
    #: One address with the same body again at a later time.
    stale: float = 0.02
    #: The very same capture again.
    known: float = 0.01
    #: A capture of which nobody says when it was made.
    undated: float = 0.005
    #: The last item is cut off.
    cut: float = 0.15
    #: One item stands twice on the page.
    repeated: float = 0.03
    #: A page of HTML tells the second of publication (``<time datetime>``), which ends all narrowing.
    stamps: float = 0.02
    #: An ordinary article without any block.
    bare: float = 0.01
    #: The article above the list is one of the wire's own stories; otherwise it is an old one that no list shows.
    articles: float = 0.0
    #: The list was rendered hours before the capture, so that its ages are not true.
    lies: float = 0.0
    #: How often each host loses every capture for one to three hours, so that gaps exist.
    outages: int = 3


@dataclass(frozen=True, slots=True)
class _Shot:
    """The choices behind one capture, before anything is printed."""

    listing: Listing
    moment: datetime
    #: fresh, stale, known, undated or lies.
    kind: str


class Camera:
    """Takes the captures of a plan, each by its number."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        sections = [section for section in SECTIONS if section.name in {listing.section for listing in plan.listings}]
        self.wire = Wire(plan.seed, plan.start, timedelta(days=plan.days + 1), tuple(sections))
        self._archive: dict[str, Lead] = {}
        self._outages = {listing.host: self._plan_outages(listing.host) for listing in plan.listings}

    def numbers(self) -> Iterator[int]:
        """The numbers of the plan's captures in the order of time; those that were lost are left out."""
        return islice((number for number in count() if not self._lost(self._shot(number))), self.plan.captures)

    def capture(self, number: int) -> Capture:
        """The capture of that number: always the same one."""
        shot = self._shot(number)
        original = self._original(number, shot)
        if original is None:
            return self._fresh(number, shot)
        again = self._fresh(original, self._shot(original))
        return again if shot.kind == "known" else replace(again, observed_at=shot.moment)

    def _rng(self, *parts: object) -> random.Random:
        return random.Random("/".join(map(str, (self.plan.seed, *parts))))

    def _shot(self, number: int) -> _Shot:
        rng, plan = self._rng("shot", number), self.plan
        [listing] = rng.choices(plan.listings, [listing.weight for listing in plan.listings])
        seconds = (number + rng.random()) * plan.days * 86400 / plan.captures
        shares = {"stale": plan.stale, "known": plan.known, "undated": plan.undated, "lies": plan.lies}
        [kind] = rng.choices([*shares, "fresh"], [*shares.values(), 1 - sum(shares.values())])
        return _Shot(listing, plan.start + timedelta(seconds=int(seconds)), kind)

    def _original(self, number: int, shot: _Shot) -> int | None:
        """The earlier capture that this one repeats: one that was made and says when; else it repeats none."""
        if shot.kind not in ("stale", "known"):
            return None
        earlier = number - self._rng("copy", number).randint(1, 200)
        if earlier < 0:
            return None
        original = self._shot(earlier)
        return earlier if original.kind == "fresh" and not self._lost(original) else None

    def _lost(self, shot: _Shot) -> bool:
        return any(start <= shot.moment < end for start, end in self._outages[shot.listing.host])

    def _plan_outages(self, host: str) -> list[tuple[datetime, datetime]]:
        rng, plan = self._rng("outages", host), self.plan
        starts = [plan.start + timedelta(days=rng.uniform(0.1, 0.9) * plan.days) for _ in range(plan.outages)]
        return [(start, start + timedelta(minutes=rng.randint(60, 180))) for start in starts]

    def _fresh(self, number: int, shot: _Shot) -> Capture:
        """The page as it stood at its moment."""
        rng = self._rng("page", number)
        shown = shot.moment
        if shot.kind == "lies":
            shown = max(self.plan.start, shown - timedelta(minutes=rng.randint(60, 400)))
        form = rng.choice(shot.listing.forms)
        url, lead = self._address(rng, shot.listing, form, shown)
        layout = rng.choice(list(markup.LAYOUTS)) if form == "HTML" else ""
        bare = lead is not None and rng.random() < self.plan.bare
        sheet = Sheet((), lead) if bare else self._sheet(rng, shot.listing, form, layout, shown, lead)
        body = markup.render(rng, layout, sheet) if layout else text.render(rng, form, sheet)
        return Capture(url, None if shot.kind == "undated" else shot.moment, form, body, sheet)

    def _address(self, rng: random.Random, listing: Listing, form: str, moment: datetime) -> tuple[str, Lead | None]:
        """An address of the host and the article that stands there; a list's own page has none."""
        if form in ("L", "S"):
            return f"https://{listing.host}/{listing.section.lower()}", None
        if rng.random() < self.plan.articles:
            story = rng.choice(self.wire.newest(listing.section, moment, 40))
            return link(listing.host, story), own_article(rng, story, moment)
        url = f"https://{listing.host}/archief/{listing.section.lower()}/{rng.randrange(40)}"
        if url not in self._archive:
            self._archive[url] = old_article(self._rng(url))
        return url, self._archive[url]

    def _sheet(
        self, rng: random.Random, listing: Listing, form: str, layout: str, moment: datetime, lead: Lead | None
    ) -> Sheet:
        """What the page shows, with the faults of its copy."""
        habit = self._habit(rng, listing.host, form, layout)
        shown = {name: self.wire.newest(name, moment, NEWEST) for name in self._sections(rng, listing, form)}
        lists = [[habit.printed(rng, story, moment) for story in stories] for stories in shown.values()]
        cut = None
        if habit.datelines and layout != "age first" and rng.random() < self.plan.cut:
            cut = lists[-1].pop()
            cut = replace(cut, place=cut.place and cut.place.upper())  # "Home - Nieuws - Contact" is furniture
        elif rng.random() < self.plan.repeated:
            lists[-1].append(rng.choice(lists[0]))
        blocks = tuple(Block(name, tuple(items)) for name, items in zip(shown, lists, strict=True))
        return Sheet(blocks, lead, cut, tuple(story.at(moment).headline for story in shown[listing.section]))

    def _habit(self, rng: random.Random, host: str, form: str, layout: str) -> Habit:
        """Of the text forms two print headlines; pages of markup that do can go without datelines, and link."""
        if not layout:
            return Habit(host, headlines=form in ("H", "S"))
        return Habit(
            host,
            headlines=layout != "row",
            datelines=layout == "row" or rng.random() < 0.7,
            links=rng.random() < 0.8,
            stamps=rng.random() < self.plan.stamps,
        )

    def _sections(self, rng: random.Random, listing: Listing, form: str) -> list[str]:
        """The sections that the page lists: on some pages of markup there are two."""
        if form != "HTML" or rng.random() > 0.1:
            return [listing.section]
        others = {other.section for other in self.plan.listings if other.host == listing.host} - {listing.section}
        return [listing.section, *sorted(others)[:1]]
