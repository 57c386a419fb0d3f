"""What an address may ask for: the parameters of every view, checked. An empty one, as forms send them, is none."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from meeruit.tasks.report.browsing import Place, read_place
from meeruit.tasks.report.listings import ItemFilter
from meeruit.tasks.times import day_or_time, iso

#: Characters of a word that is looked for.
LONGEST = 200


def _none_if_empty(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _time(text: str) -> str:
    day_or_time(text)
    return text


def _place(text: str) -> str:
    read_place(text)
    return text


Empty = BeforeValidator(_none_if_empty)
#: PostgreSQL knows no NUL.
Text = Annotated[str, Field(max_length=LONGEST, pattern=r"^[^\x00]*$")]
Word = Annotated[Text | None, Empty]
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_EMPTY = {"maxLength": 0}
_SAID = {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}, _EMPTY]}
Time = Annotated[Annotated[Text, AfterValidator(_time)] | None, Empty, WithJsonSchema(_SAID)]
#: A time as ``iso`` prints it, and some digits of a hash; or nothing, as forms send it.
_BEHIND = "^([12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z~[0-9a-f]{0,64})?$"
Behind = Annotated[Annotated[Text, Field(pattern=_BEHIND), AfterValidator(_place)] | None, Empty]


def _iso_day(value: Any) -> Any:
    """A day as it is written; a number would count seconds."""
    if isinstance(value, str) and not re.fullmatch(_DAY, value):
        raise ValueError("is no day; say 2026-03-02")
    return value


Day = Annotated[date, BeforeValidator(_iso_day)]


class Query(BaseModel):
    """The parameters of a view; one that it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def but(self, **changed: Any) -> str:
        """The question with something changed, as an address says it; empty where nothing is asked for."""
        values = {**self.model_dump(exclude_defaults=True), **changed}
        said = urlencode({name: value for name, value in values.items() if value is not None})
        return f"?{said}" if said else ""


class ItemQuery(Query):
    """Which items: by what they show, when they were first seen, on whose pages, and what they say."""

    q: Word = Field(
        None,
        description="Words of the headline or the body, or their beginnings, in any order; in quotes as they stand.",
    )
    section: Word = Field(None, description="The section.")
    place: Word = Field(None, description="The place of its dateline, alone or among others.")
    agency: Word = Field(None, description="The agency, alone or with others.")
    source: Word = Field(None, description="Seen on a page of this source.")
    since: Time = Field(None, description="First seen at this time or later: `2026-03-02`, or `2026-03-02T14:05:00Z`.")
    until: Time = Field(None, description="First seen before this time.")
    after: Behind = Field(None, description="Go on behind this place; an answer's `next` names it.")
    limit: int = Field(50, ge=1, le=500, description="At most so many items.")

    def filter(self) -> ItemFilter:
        """As the listings take it."""
        return ItemFilter(
            section=self.section,
            place=self.place,
            agency=self.agency,
            since=None if self.since is None else day_or_time(self.since),
            until=None if self.until is None else day_or_time(self.until),
            search=self.q,
        )

    def behind(self) -> Place | None:
        """The place behind which the page begins."""
        return None if self.after is None else read_place(self.after)


#: The greatest number of a row, on PostgreSQL too.
MOST_ROWS = 2**31 - 1


class RowQuery(Query):
    """Which rows of the ledger."""

    source: Word = Field(None, description="Of this source.")
    before: Annotated[int | None, Empty] = Field(
        None, ge=1, le=MOST_ROWS, description="Older than the row with this number."
    )
    limit: int = Field(50, ge=1, le=500, description="At most so many rows.")


class DaysQuery(Query):
    """Which items are counted by day."""

    section: Word = Field(None, description="Of this section.")
    agency: Word = Field(None, description="From this agency, alone or with others.")
    until: Annotated[Day | None, Empty, WithJsonSchema({"type": "string", "anyOf": [{"format": "date"}, _EMPTY]})] = (
        Field(None, description="The last month shown holds this day.")
    )


class DayQuery(Query):
    """Which items of one day are counted."""

    section: Word = Field(None, description="Of this section.")
    agency: Word = Field(None, description="From this agency, alone or with others.")


class SpanQuery(Query):
    """Which stretch of time is drawn."""

    hours: int = Field(24, ge=1, le=24 * 31, description="How many hours.")
    until: Time = Field(None, description="Up to this time; without it up to the last look.")


def shown_place(place: Place | None) -> str | None:
    """A place as an address says it."""
    return None if place is None else str(place)


def as_text(time: datetime | None) -> str | None:
    """A time as everywhere; None for none."""
    return None if time is None else iso(time)
