"""Stories of the made-up wire and their texts: what an editor files, and how it is corrected.

Knows no page, no noise and no clock but the moments that it is given.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace
from datetime import datetime

from tests.newswire import words
from tests.newswire.fold import content_hash


@dataclass(frozen=True, slots=True)
class Version:
    """A story as it reads from ``since`` until the next version."""

    since: datetime
    headline: str
    body: str

    @property
    def content_hash(self) -> str:
        """The identity of the item that this version is."""
        return content_hash(self.body)


@dataclass(frozen=True, slots=True)
class Story:
    """One story, with its true time and every text that it ever had, oldest first."""

    section: str
    published: datetime
    #: The last part of its address, which no correction changes.
    slug: str
    place: str
    agencies: tuple[str, ...]
    versions: tuple[Version, ...]

    def at(self, moment: datetime) -> Version:
        """The version that stands at that moment."""
        return max((v for v in self.versions if v.since <= moment), key=lambda version: version.since)


@dataclass
class Desk:
    """Writes texts of which no two are alike, nor two headlines, unless it is asked to."""

    rng: random.Random
    taken: set[str]

    def body(self) -> str:
        """Two to five sentences, with a trap every third time."""
        sentences = [self._new(words.OPENINGS)]
        sentences += [self._filled(template) for template in self.rng.sample(words.SENTENCES, self.rng.randint(1, 3))]
        if self.rng.random() < 0.35:
            sentences.insert(self.rng.randint(1, len(sentences)), self.rng.choice(words.TRAPS))
        return " ".join(sentences)

    def column(self) -> str:
        """A text that opens with time past, as an age does: ``Twee jaar geleden``."""
        return self._new((words.COLUMN,))

    def headline(self) -> str:
        """A headline that no other story has."""
        text = self._new(words.HEADLINES)
        return re.sub(r"[^\W\d_]", lambda first: first[0].upper(), text, count=1)

    def weather(self) -> str:
        """A forecast: the same words with other numbers every time."""
        return self._new((words.WEATHER,))

    def lookalike(self) -> str:
        """A stock text with numbers of its own."""
        return self._new(words.LOOKALIKES)

    def toll(self, place: str, number: int, group: str) -> tuple[str, str]:
        """Headline and body of one link in a chain of rising numbers."""
        body = words.TOLL.format(place=place.title(), number=number, group=group)
        return words.TOLL_HEADLINE.format(place=place.title(), number=number), body

    def article(self, first: str | None = None) -> tuple[str, ...]:
        """The paragraphs of an article, with a subhead and what else stands below one."""
        return (
            first or self.body(),
            self.rng.choice(words.SUBHEADS),
            self.body(),
            self._filled(self.rng.choice(words.TEASERS)),
        )

    def takes(self, *texts: str) -> bool:
        """Whether all the texts were still free; they are taken from now on."""
        free = self.taken.isdisjoint(texts)
        self.taken.update(texts)
        return free

    def corrected(self, body: str) -> str:
        """The same text with one digit, one word or one sentence changed: what makes a revision."""
        changes = [
            re.sub(r"\d+", lambda number: str(int(number[0]) + 1), body, count=1),
            body.replace("zegt", "zei", 1).replace("blij", "verheugd", 1),
            f"{body} {self._filled(self.rng.choice(words.SENTENCES))}",
            body[: body.rindex(". ") + 1] if ". " in body else body,
        ]
        changed = self.rng.choice([text for text in changes if text != body and text not in self.taken])
        self.taken.add(changed)
        return changed

    def _new(self, templates: tuple[str, ...]) -> str:
        while True:
            text = self._filled(self.rng.choice(templates))
            if self.takes(text):
                return text

    def _filled(self, template: str) -> str:
        pick = self.rng.choice
        return template.format(
            person=pick(words.PEOPLE),
            group=pick(words.GROUPS),
            topic=pick(words.TOPICS),
            verdict=pick(words.VERDICTS),
            day=pick(words.DAYS),
            place=pick(words.REGION).title(),
            number=number(self.rng.randint(2, 30_000)),
            hour=self.rng.randint(1, 23),
            low=self.rng.randint(-4, 12),
            high=self.rng.randint(13, 28),
        )


def number(value: int) -> str:
    """The number as Dutch prints it: 3000, 10.000."""
    return f"{value:,}".replace(",", ".") if value >= 10_000 else str(value)


def revised(story: Story, since: datetime, *, headline: str | None = None, body: str | None = None) -> Story:
    """The story with one more version; what is not given stays."""
    last = story.versions[-1]
    version = Version(since, headline or last.headline, body or last.body)
    return replace(story, versions=(*story.versions, version))
