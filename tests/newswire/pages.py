"""What one page shows at one second: the list of a section as an honest site prints it, under an article.

Turns stories and their true times into printed items with ages. Renders nothing, and knows no faults of capturing.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime

from tests.newswire import words
from tests.newswire.ages import age
from tests.newswire.captures import Lead, Printed
from tests.newswire.noise import spelled
from tests.newswire.stories import Desk, Story


@dataclass(frozen=True, slots=True)
class Habit:
    """What a page says of each item beside its body and its age."""

    host: str
    headlines: bool
    datelines: bool = True
    links: bool = False
    stamps: bool = False

    def printed(self, rng: random.Random, story: Story, moment: datetime) -> Printed:
        """The story as this page prints it at that moment."""
        version = story.at(moment)
        return Printed(
            text=spelled(rng, version.body),
            age=age(story.published, moment),
            headline=spelled(rng, version.headline) if self.headlines else None,
            place=_place(rng, story) if self.datelines else None,
            agencies=_agencies(rng, story) if self.datelines else (),
            url=link(self.host, story) if self.links and self.headlines else None,
            stamp=story.published if self.stamps else None,
        )


def link(host: str, story: Story) -> str:
    """Where the story's own article stands on that host."""
    return f"https://{host}/{story.slug}"


def old_article(rng: random.Random) -> Lead:
    """An article that no list shows any more."""
    desk = Desk(rng, set())
    return Lead(desk.headline(), f"{rng.choice(words.ABROAD)} (ANP)", desk.article())


def own_article(rng: random.Random, story: Story, moment: datetime) -> Lead:
    """The story's own article: its first paragraph is the body that the lists print."""
    version = story.at(moment)
    dateline = f"{story.place} ({'/'.join(story.agencies)})" if story.agencies else story.place
    return Lead(version.headline, dateline, Desk(rng, set()).article(spelled(rng, version.body)))


def _place(rng: random.Random, story: Story) -> str:
    """The place as an editor types it this time: in small letters or misspelt now and then."""
    if rng.random() > 0.1:
        return story.place
    if story.place in ("GOES", "BORSELE", "THOLEN"):
        return story.place.capitalize()
    return story.place.replace("STRAATS", "STRAAT")


def _agencies(rng: random.Random, story: Story) -> tuple[str, ...]:
    """The agencies as credited this time: now and then before the others were added."""
    return story.agencies[:1] if rng.random() < 0.05 else story.agencies
