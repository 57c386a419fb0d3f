"""The strip of a source: each poll a mark; below, a row a list with the overlap of its captures, and its gaps. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from meeruit.tasks.report.polls import Look, Mark, Overlap
from meeruit.worker.web.axis import Axis, Tick

#: Lists that have a row.
LISTS = 12
#: Pixels of a row, and of one with the room below it.
ROW, STEP = 26, 34


@dataclass(frozen=True, slots=True)
class Drawn:
    """A poll at its place, in percent."""

    x: float
    look: Look


@dataclass(frozen=True, slots=True)
class Bar:
    """How much a capture shared with the one before: as high as its share; 0 where that is not known."""

    x: float
    height: float
    overlap: Overlap


@dataclass(frozen=True, slots=True)
class GapDrawn:
    """A time in which something may have been missed."""

    left: float
    width: float
    gap: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ListRow:
    """One list: its captures and its gaps."""

    y: int
    section: str
    bars: list[Bar]
    gaps: list[GapDrawn]


@dataclass(frozen=True, slots=True)
class StripChart:
    """All that is drawn: polls on top, then a row a list."""

    marks: list[Drawn]
    rows: list[ListRow]
    height: int
    ticks: list[Tick]
    #: Pixels that a mark is wide, so that many of them stand apart.
    wide: float
    counts: dict[Mark, int]


def strip_chart(
    since: datetime, until: datetime, looks: Sequence[Look], overlaps: Sequence[Overlap], gaps: Sequence[dict[str, Any]]
) -> StripChart:
    """The strip of one source over this time."""
    axis = Axis(since, until)
    top = STEP if looks else 0
    sections = sorted({one.section for one in overlaps} | {gap["section"] for gap in gaps})
    rows = [_row(axis, top + STEP * place, name, overlaps, gaps) for place, name in enumerate(sections[:LISTS])]
    crowd = max([len(looks), *(len(row.bars) for row in rows)])
    return StripChart(
        marks=[Drawn(axis.at(look.at), look) for look in looks],
        rows=rows,
        height=max(top + STEP * len(rows), STEP),
        ticks=axis.ticks(4),
        wide=4 if crowd <= 80 else 2.5 if crowd <= 200 else 1.5,
        counts={mark: sum(look.mark is mark for look in looks) for mark in Mark},
    )


def _row(axis: Axis, y: int, section: str, overlaps: Sequence[Overlap], gaps: Sequence[dict[str, Any]]) -> ListRow:
    mine = [one for one in overlaps if one.section == section]
    return ListRow(
        y, section, [_bar(axis, one) for one in mine], [_gap(axis, gap) for gap in gaps if gap["section"] == section]
    )


def _bar(axis: Axis, one: Overlap) -> Bar:
    share = one.shared / one.shown if one.shared is not None and one.shown else 0.0
    return Bar(axis.at(one.at), round(max(share * (ROW - 2), 2.0), 1), one)


def _gap(axis: Axis, gap: dict[str, Any]) -> GapDrawn:
    left, right = axis.at(gap["from"]), axis.at(gap["to"])
    return GapDrawn(left, round(max(right - left, 0.3), 3), gap)
