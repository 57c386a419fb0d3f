"""The wire: every story of every section with its true second of publication.

A section is a stream of stories at its own pace, from years of slow prehistory (so that quiet sections print weeks,
months and years) to a new item every few minutes. Some stories are corrected under their own link, some get another
headline; stock texts, forecasts and rising death tolls are stories of their own. Knows no pages.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.newswire import words
from tests.newswire.stories import Desk, Story, Version, revised


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the site: how often something new appears in it, and what its datelines are."""

    name: str
    every: timedelta
    places: tuple[str, ...]
    agencies: bool = True


SECTIONS = (
    Section("Buitenland", timedelta(minutes=7), words.ABROAD),
    Section("Binnenland", timedelta(minutes=9), words.HOME),
    Section("Sport", timedelta(minutes=13), words.ABROAD + words.HOME),
    Section("Zeeland", timedelta(minutes=40), words.REGION + words.LABELS, agencies=False),
    Section("Tholen", timedelta(days=3), words.REGION, agencies=False),
    Section("Beveland", timedelta(days=150), words.REGION + words.LABELS, agencies=False),
)
#: The section that prints a forecast every two hours, always under this headline.
FORECASTS = "Binnenland"
FORECAST = "Weerbericht"

#: How many stories of each section are older than the wire's first second.
PREHISTORY = 12


@dataclass
class Wire:
    """All stories of some days, by section, oldest first.

    >>> wire = Wire(7, datetime(2025, 3, 3, 6, tzinfo=UTC), timedelta(days=3))
    >>> wire.newest("Sport", moment, 7)     # the seven newest stories at that moment, newest first
    """

    seed: int
    start: datetime
    length: timedelta
    sections: tuple[Section, ...] = SECTIONS
    stories: dict[str, list[Story]] = field(init=False)

    def __post_init__(self) -> None:
        taken: set[str] = set()
        self.stories = {}
        for section in self.sections:
            rng = random.Random(f"{self.seed}/wire/{section.name}")
            filed = _filed(section, Desk(rng, taken), self.start, self.start + self.length)
            self.stories[section.name] = sorted(filed, key=lambda story: story.published)

    def newest(self, section: str, moment: datetime, count: int) -> list[Story]:
        """The ``count`` newest stories of the section at that moment, newest first."""
        stories = self.stories[section]
        end = bisect_right(stories, moment, key=lambda story: story.published)
        return stories[max(0, end - count) : end][::-1]

    def all(self) -> Iterator[Story]:
        """Every story, section by section."""
        for stories in self.stories.values():
            yield from stories

    def corrections(self) -> set[tuple[str, str]]:
        """The true revisions: the hashes of a text and of the text that replaced it."""
        return {
            (old.content_hash, new.content_hash)
            for story in self.all()
            for old, new in zip(story.versions, story.versions[1:], strict=False)
            if old.body != new.body
        }

    def times(self) -> dict[str, datetime]:
        """The true second of publication of every text, by its hash."""
        return {version.content_hash: story.published for story in self.all() for version in story.versions}


def _filed(section: Section, desk: Desk, start: datetime, end: datetime) -> Iterator[Story]:
    """Everything that the section files until ``end``."""
    moment = start
    for _ in range(PREHISTORY):
        moment -= _pause(desk.rng, section)
        yield _story(section, desk, moment)
    moment = start + _pause(desk.rng, section)
    while moment < end:
        if section.agencies and desk.rng.random() < 0.03:
            yield from _chain(section, desk, moment)
        else:
            yield _story(section, desk, moment)
        moment += _pause(desk.rng, section)
    if section.name == FORECASTS:
        yield from _forecasts(section, desk, start, end)


def _pause(rng: random.Random, section: Section) -> timedelta:
    """The time to the next story: whole seconds, most often short."""
    return timedelta(seconds=1 + int(rng.expovariate(1 / section.every.total_seconds())))


def _story(section: Section, desk: Desk, published: datetime) -> Story:
    rng = desk.rng
    place = rng.choice(section.places)
    body = desk.column() if place == "COLUMN" else desk.lookalike() if rng.random() < 0.1 else desk.body()
    story = _new(section, rng, published, place, desk.headline(), body)
    later = published + timedelta(seconds=rng.randint(120, 2400))
    chance = rng.random()
    if chance < 0.08:
        return revised(story, later, body=desk.corrected(body))
    if chance < 0.12:
        return revised(story, later, headline=f"Update: {story.versions[0].headline}")
    return story


def _chain(section: Section, desk: Desk, moment: datetime) -> Iterator[Story]:
    """A death toll that rises: each count is a new story with a headline and a link of its own."""
    rng = desk.rng
    place, group, dead = rng.choice(section.places), rng.choice(words.GROUPS), rng.randint(2, 9)
    for _ in range(4):
        headline, body = desk.toll(place, dead, group)
        if desk.takes(headline, body):
            yield _new(section, rng, moment, place, headline, body)
        moment += timedelta(seconds=rng.randint(1200, 5400))
        dead += rng.randint(1, 15)


def _forecasts(section: Section, desk: Desk, start: datetime, end: datetime) -> Iterator[Story]:
    moment = start - timedelta(hours=5)
    while moment < end:
        yield _new(section, desk.rng, moment, "DE BILT", FORECAST, desk.weather())
        moment += timedelta(hours=2)


def _new(section: Section, rng: random.Random, published: datetime, place: str, headline: str, body: str) -> Story:
    agencies = rng.choice(words.AGENCIES) if section.agencies else ()
    slug = f"{section.name.lower()}/{rng.getrandbits(40):010x}"
    return Story(section.name, published, slug, place, agencies, (Version(published, headline, body),))
