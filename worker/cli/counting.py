"""``meeruit stats``: counts of what is stored, as bars on a terminal, as rows, or drawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from meeruit.tasks.errors import UsageError
from meeruit.tasks.report.listings import Row
from meeruit.tasks.report.reasons import duration
from meeruit.tasks.report.stats import KEYS, UNKNOWN, WIDER, WIDTHS, Span, Stat, stats
from meeruit.worker.cli.bars import Bar, print_bars
from meeruit.worker.cli.inspecting import read_time
from meeruit.worker.cli.output import Format, FormatOption, OutputOption, SafeOption, chosen, plain, target, write
from meeruit.worker.cli.stored import read_database
from meeruit.worker.cli.tables import Column, print_table

#: Days that are drawn: the last ones; and names of a list that is longer.
DAYS, NAMES = 31, 12
#: Pictures of other kinds, which would need a renderer.
_PIXELS = frozenset((".png", ".jpg", ".jpeg", ".gif", ".webp", ".pdf"))
_TITLES = {
    Stat.HOURS: "Items by the hour (UTC) in which they were first seen",
    Stat.DAYS: "Items by the day (UTC) on which they were first seen",
    Stat.SECTIONS: "Items by section",
    Stat.AGENCIES: "Items by agency; one from two agencies counts for both",
    Stat.WINDOWS: "Items by how well their time of publication is known",
    Stat.REPEATS: "Share of what was printed that was a repeat",
    Stat.DELAYS: "Items that one source had first and another later",
}


def show_stats(
    which: Annotated[
        list[Stat] | None, typer.Argument(metavar="[WHAT]...", help="What to count. [default: all]")
    ] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Items first seen at this time or later.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Items first seen before this time.")] = None,
    section: Annotated[str | None, typer.Option(metavar="NAME", help="Items of this section.")] = None,
    form: FormatOption = None,
    output: OutputOption = None,
    csv_safe: SafeOption = False,
) -> None:
    """Count items by hour, day, section and agency, and more.

    WHAT: hours, days, sections, agencies, windows (how well times of publication are known), repeats, delays (between sources).
    With -o FILE.svg they are drawn, by section where there are several.
    """
    span = Span(read_time("--since", since), read_time("--until", until), section)
    wanted = [stat for stat in Stat if not which or stat in which]
    if output is not None and output.suffix.lower() in _PIXELS:
        raise UsageError(
            f"{output}: pictures are drawn as SVG, sharp at any size; write -o {output.with_suffix('.svg')}"
        )
    drawn = output is not None and output.suffix.lower() == ".svg"
    if drawn and form is not None:
        raise UsageError("a file that ends in .svg is drawn; leave --format out, or name another file")
    form = Format.TABLE if drawn else chosen(form, output)
    with read_database() as db:
        rows = stats(db, wanted, span)
        if drawn:
            from meeruit.worker.web.stats_file import stats_file  # templates

            found = list(rows)
            with target(output) as file:
                file.write(stats_file([(_TITLES[stat], _chart(stat, mine)) for stat, mine in _apart(wanted, found)]))
        elif form is not Format.TABLE:
            write(rows, [], form, output, keys=KEYS, safe=csv_safe)
        else:
            _print(wanted, list(rows), output)


def _apart(wanted: Sequence[Stat], rows: list[Row]) -> Iterator[tuple[Stat, list[Row]]]:
    """What was counted, each with its rows, where it has any."""
    for stat in wanted:
        if mine := [row for row in rows if row["stat"] == stat.value]:
            yield stat, mine


def _print(wanted: Sequence[Stat], rows: list[Row], output: Path | None) -> None:
    with target(output) as file:
        for stat, mine in _apart(wanted, rows):
            if stat is Stat.DELAYS:
                file.write(f"{_TITLES[stat]}\n")
                cells = [
                    [plain(row["of"]), plain(row["then"]), f"{row['items']:,}", _later(row["seconds"])] for row in mine
                ]
                print_table(cells, _DELAYS, file, "")
            else:
                print_bars(_TITLES[stat], _bars(stat, mine), file, 1.0 if stat is Stat.REPEATS else None)
        if not rows:
            file.write("no item that two sources had\n" if wanted == [Stat.DELAYS] else "no items\n")


_DELAYS = [
    Column("of", "first", flexible=True, whole=True),
    Column("then", "later", flexible=True, whole=True),
    Column("items", "items", right=True),
    Column("seconds", "half of them within", right=True),
]


def _later(seconds: int) -> str:
    return duration(timedelta(seconds=seconds))


def _bars(stat: Stat, rows: list[Row]) -> list[Bar]:
    """The rows of one count as bars."""
    if stat is Stat.REPEATS:
        return [_repeats(row) for row in rows]
    sums = _sums(stat, rows)
    some = list(sums.items())
    total = sum(sums.values())
    if stat in {Stat.SECTIONS, Stat.AGENCIES} and len(some) > NAMES:
        some = [*some[: NAMES - 1], (f"{len(some) - NAMES + 1} others", sum(n for _, n in some[NAMES - 1 :]))]
    share = stat in {Stat.SECTIONS, Stat.WINDOWS}
    return [
        Bar(plain(name), number, f"{number:,}" + (f" ({number / total:.0%})" if share else "")) for name, number in some
    ]


def _repeats(row: Row) -> Bar:
    share = 1 - row["items"] / row["sightings"] if row["sightings"] else 0.0
    said = f"{share:.0%}: {row['items']:,} items, printed {row['sightings']:,} times"
    return Bar(plain(row["section"] or "no section"), share, said)


def _sums(stat: Stat, rows: Iterable[Row]) -> dict[str, int]:
    """Items by what stands before a bar, in order, those between two with items too."""
    found: dict[str, int] = dict.fromkeys(_names(stat, rows), 0)
    for row in rows:
        name = _name(stat, row)
        if name in found:
            found[name] += row["items"]
    return found


def _name(stat: Stat, row: Row) -> str:
    if stat is Stat.SECTIONS:
        return row["section"] or "no section"
    if stat is Stat.HOURS:
        return f"{row['of']}:00"
    if stat is Stat.WINDOWS:
        return str(row["of"])
    return row["of"] or "no agency"


def _names(stat: Stat, rows: Iterable[Row]) -> list[str]:
    if stat is Stat.HOURS:
        hours = [int(row["of"]) for row in rows]
        return [f"{hour:02}:00" for hour in range(min(hours), max(hours) + 1)]
    if stat is Stat.DAYS:
        return _days([row["of"] for row in rows])
    if stat is Stat.WINDOWS:
        order = [*WIDTHS, WIDER, UNKNOWN]
        there = [order.index(row["of"]) for row in rows]
        return order[min(there) : max(there) + 1]
    return [_name(stat, row) for row in rows]


def _days(there: Sequence[str]) -> list[str]:
    """The last days up to the last that has items, each of them."""
    first, last = date.fromisoformat(min(there)), date.fromisoformat(max(there))
    number = min((last - first).days + 1, DAYS)
    return [str(last - timedelta(days=back)) for back in range(number - 1, -1, -1)]


def _chart(stat: Stat, rows: list[Row]) -> Any:
    """The rows of one count as they are drawn: in stacks by section, or as bars."""
    if stat in {Stat.HOURS, Stat.DAYS}:
        names = _names(stat, rows)
        parts: dict[tuple[str, str], int] = defaultdict(int)
        for row in rows:
            if (name := _name(stat, row)) in names:
                parts[name, row["section"] or "no section"] += row["items"]
        return names, parts
    if stat is Stat.DELAYS:
        return [
            Bar(
                f"{row['of']}, then {row['then']}",
                row["items"],
                f"{row['items']:,}, half within {_later(row['seconds'])}",
            )
            for row in rows[:NAMES]
        ]
    return _bars(stat, rows)
