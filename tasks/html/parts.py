"""The stretch of the page that each record of a list is: its element, or in flat markup what stands from title to title."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from meeruit.tasks.grammar.blocks import Line
from meeruit.tasks.grammar.items import is_text
from meeruit.tasks.html.lines import Reader
from meeruit.tasks.html.records import Record, Stretch

#: So many records show what is usual in a list.
_LIST = 3


class Part(NamedTuple):
    """What is printed of one record."""

    record: Record
    start: int
    end: int
    #: Whether the page ended in it.
    cut: bool = False
    #: Whether there is an age in its element, and a text beside the title.
    aged: bool = False
    told: bool = False


def parts_of(reader: Reader, stretch: Stretch, records: Sequence[Record]) -> list[Part]:
    """The stretch of each record: its element, or in flat markup what stands from title to title."""
    parts: list[Part] = []
    edge = stretch.start
    for parent, group in groupby(records, lambda one: one.parent):
        run = list(group)
        parts += _parts_in(
            reader, max(edge, reader.tree.starts[parent]), min(stretch.end, reader.tree.ends[parent]), run
        )
        edge = run[-1].end
    if parts and parts[-1].record.parent in reader.tree.cut:
        parts = _cut_off(parts, _is_open(reader, parts[-1]))
    return _without_unlike(parts)


def _cut_off(parts: list[Part], is_open: bool) -> list[Part]:
    """The records of a list in which the page ended: what may read otherwise on the whole page is cut off."""
    few = is_open and len(parts) <= _LIST  # too few to tell what is usual in the list
    full = any(one.aged and one.told for one in parts)
    return [
        one._replace(cut=few or (is_open and one is parts[-1]) or (full and not (one.aged or one.told)))
        for one in parts
    ]


def _is_open(reader: Reader, last: Part) -> bool:
    """Whether the page ended in the last record; in flat markup, whether more of it could have followed."""
    record, tree = last.record, reader.tree
    if record.element is not None and (last.start, last.end) == (record.start, record.end):
        return record.element in tree.cut or not last.told
    own = reader.marks_in(record.end, last.end)
    if record.anchor.title:
        told = any(is_text(line, reader.profile) for line in reader.lines(record.end, last.end))
    else:
        told = reader.dateline_of(record.anchor.text) is not None
    return not (told and own and own[-1].end == last.end) and tree.is_blank(last.end, len(tree.texts))


def _without_unlike(parts: list[Part]) -> list[Part]:
    """``parts`` without those that print no more than a title, where most others have a text and an age."""
    full = sum(one.aged and one.told for one in parts)
    bare = sum(not (one.aged or one.told) for one in parts)
    if full < _LIST or 2 * bare > full:
        return parts
    return [one for one in parts if one.aged or one.told or one.cut]


def _parts_in(reader: Reader, start: int, end: int, run: list[Record]) -> list[Part]:
    parts = [_part(reader, one) for one in run]
    aged, told = sum(one.aged for one in parts), sum(one.told for one in parts)
    if 2 * aged > len(run) and 2 * told > len(run):
        return parts
    behind = [*(one.start for one in run[1:]), end]
    gaps = [_Gap(reader, one.end, other) for one, other in zip(run, behind, strict=True)]
    lead = _Gap(reader, start, run[0].start)
    if told == 0 and not run[0].anchor.title:
        return _between_ages(lead, gaps, run)
    between = max(sum(bool(gap.marks) for gap in gaps), sum(bool(gap.marks) for gap in (lead, *gaps[:-1])))
    dated = 2 * aged <= len(run) <= 2 * between  # what the records lack, an age or a text, stands between most of them
    if not dated and not 2 * told <= len(run) < 2 * sum(bool(gap.texts) for gap in gaps):
        return parts
    before = _age_first(lead, gaps)
    usual = max((len(gap.heads) for gap in gaps[:-1]), default=_FLAT)
    starts = [lead.last_mark_start if before and lead.marks else lead.own_start(run[0], usual)]
    ends = []
    for gap in gaps[:-1]:
        at = gap.split(before)
        ends.append(at)
        starts.append(at)
    typical = max((gap.lines_to(at) for gap, at in zip(gaps[:-1], ends, strict=True)), default=_FLAT)
    ends.append(gaps[-1].tail(before, typical))
    return [Part(one, min(s, one.start), max(e, one.end)) for one, s, e in zip(run, starts, ends, strict=True)]


def _between_ages(lead: _Gap, gaps: Sequence[_Gap], run: Sequence[Record]) -> list[Part]:
    """Flat markup of which only the ages are known: each closes its record, or opens it where nothing stands above the first."""
    if lead.lines:
        starts = [lead.lines[-_FLAT:][0][0], *(gap.start for gap in gaps[:-1])]
        return [Part(one, start, one.end) for one, start in zip(run, starts, strict=True)]
    ends = [*(gap.end for gap in gaps[:-1]), gaps[-1].tail(True, _FLAT)]
    return [Part(one, one.start, max(one.end, end)) for one, end in zip(run, ends, strict=True)]


def _part(reader: Reader, record: Record) -> Part:
    anchor = record.anchor
    lines = reader.lines(record.start, record.end)
    told = bool(lines) and (
        not anchor.title or any([line.text != anchor.text and is_text(line, reader.profile) for line in lines])  # noqa: C419 - faster
    )
    return Part(record, record.start, record.end, aged=bool(reader.marks_in(record.start, record.end)), told=told)


#: The most lines behind the only title of flat markup that are its own.
_FLAT = 4


def _age_first(lead: _Gap, gaps: Sequence[_Gap]) -> bool:
    """Whether in flat markup an age stands above its title."""
    tail = gaps[-1]
    if bool(lead.marks) != bool(tail.near_mark):
        return bool(lead.marks)
    return (
        bool(lead.marks)
        and all(gap.ends_in_mark for gap in gaps[:-1])
        and not all(gap.begins_with_mark for gap in gaps[:-1])
    )


class _Gap:
    """What stands between two titles of flat markup."""

    def __init__(self, reader: Reader, start: int, end: int) -> None:
        self.reader, self.start, self.end = reader, start, end
        self.marks = reader.marks_in(start, end)
        self.lines = _placed(reader, start, end)
        self.texts = [one for one in self.lines if is_text(one[2], reader.profile)]

    @property
    def last_mark_start(self) -> int:
        return self.marks[-1].start

    @property
    def near_mark(self) -> bool:
        return bool(self.marks) and len([one for one in self.lines if one[1] <= self.marks[0].start]) <= _FLAT

    @property
    def ends_in_mark(self) -> bool:
        return bool(self.marks) and self.reader.tree.is_blank(self.marks[-1].end, self.end)

    @property
    def begins_with_mark(self) -> bool:
        return bool(self.marks) and self.reader.tree.is_blank(self.start, self.marks[0].start)

    @property
    def heads(self) -> list[int]:
        """Where the lines begin that stand right above the next record: no text, no age."""
        last = max([one[1] for one in self.texts] + [mark.end for mark in self.marks], default=self.start)
        return [one[0] for one in self.lines if one[0] >= last]

    def own_start(self, first: Record, usual: int) -> int:
        """Where the first record begins: with so many lines above its text as others have."""
        heads = self.heads[-usual:] if usual and not first.anchor.title else []
        return heads[0] if heads else first.start

    def split(self, before: bool) -> int:
        at = self.texts[-1][1] if self.texts else self.start
        if self.marks and not before:
            at = max(at, self.marks[-1].end)
        return at

    def lines_to(self, at: int) -> int:
        return sum(one[1] <= at for one in self.lines)

    def tail(self, before: bool, typical: int) -> int:
        """Where the last record ends: behind its age, with so many lines as others have."""
        first = self.marks[0].end if self.marks and not before else self.start
        lines = self.lines[:typical]
        return max(first, lines[-1][1]) if lines else first


def _placed(reader: Reader, start: int, end: int) -> list[tuple[int, int, Line]]:
    """The lines of print with their fragments."""
    tree, found, at = reader.tree, list[tuple[int, int, Line]](), start
    while at < end:
        stop = bisect_left(tree.lines, tree.lines[at] + 1, at, end)
        found += [(at, stop, line) for line in reader.lines(at, stop)]
        at = stop
    return found
