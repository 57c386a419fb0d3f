"""Options that several commands share, and what their words mean."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from meeruit.tasks.captures import storable
from meeruit.tasks.errors import UsageError
from meeruit.tasks.grammar.profiles import BUILT_IN, named_profile
from meeruit.tasks.times import check_time, now, parse_time

WorkersOption = Annotated[
    int | None,
    typer.Option(
        metavar="N", min=1, help="Worker processes of its own. [default: one a core, where no broker is named]"
    ),
]
ColumnsOption = Annotated[
    str | None,
    typer.Option(metavar="WHAT=NAME,...", help="Columns of records: text=content,url=link,date=crawled (or html)."),
]
ProfileOption = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Language profile: nl, en, or a TOML file. [default: the page's own language]"),
]
ListingOption = Annotated[
    bool,
    typer.Option("--listing", help="The pages are lists: every list of teasers counts, with a heading or without."),
]
PagesArgument = Annotated[
    list[int] | None, typer.Argument(metavar="[PAGE]...", help="Pages, by the numbers that `meeruit pages` shows.")
]
RunOption = Annotated[
    int | None, typer.Option("--run", metavar="RUN", help="All pages of this run, as `meeruit runs` numbers it.")
]
SourceOption = Annotated[str | None, typer.Option("--source", metavar="NAME", help="Whose pages these are.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Report as one JSON object on standard output.")]
ObservedOption = Annotated[
    str | None,
    typer.Option(
        "--observed-at",
        metavar="TIME",
        help="When the pages were captured, where they do not say so: 2026-03-02T14:05:00Z.",
    ),
]


def observed(text: str | None) -> datetime | None:
    """The capture time that ``--observed-at`` gives.

    Raises UsageError for one that cannot be true, or has no zone.
    """
    if text is None:
        return None
    try:
        time = parse_time(text)
        check_time(time, now())
    except ValueError as exc:
        raise UsageError(f"--observed-at: {exc}") from None
    return time


def profile_path(name: str | None) -> str | None:
    """A profile as the workers find it: its language, or its file by the whole path. Raises UsageError."""
    if name is None or name in BUILT_IN:
        return name
    path = str(Path(name).absolute())
    named_profile(path)
    return path


def source_name(name: str | None) -> str | None:
    """The name of a source, as ``--source`` gives it. Raises UsageError for one that the tables do not take."""
    from meeruit.tasks.store.tables import LONGEST_NAME  # `extract` has no use for a database

    if name is not None and len(name) > LONGEST_NAME:
        raise UsageError(f"--source: a name has at most {LONGEST_NAME} characters, and this one {len(name)}")
    if name is not None and name != storable(name):
        raise UsageError(f"--source: {name!r} is not in UTF-8")
    return name


def odd_line(odd: tuple[tuple[str, str], int]) -> str:
    """What is odd about records of a file, in one line; given with how many of them there are."""
    (file, remark), number = odd
    return f"{file}: {number:,} {'record' if number == 1 else 'records'}: {remark}"
