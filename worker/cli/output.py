"""Output of rows: a table for people, JSON Lines and CSV for programs. Knows nothing of what the rows mean."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from meeruit.tasks.errors import UsageError
from meeruit.worker.cli.standard_output import output_error, printable
from meeruit.worker.cli.tables import Column, print_table

Row = Mapping[str, Any]
#: Characters that JSON may hold as they are and that a terminal obeys: DEL, C1, line ends, directions.
_UNSAFE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
#: What a spreadsheet takes for the beginning of a formula; of full width, too.
_FORMULA = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")

#: Endings of the names of files for a table.
_OF_TABLES = frozenset({"", "txt", "table"})


class Format(StrEnum):
    """How a listing is written."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


FormatOption = Annotated[Format | None, typer.Option("--format", help="How to write the rows. [default: table]")]
SafeOption = Annotated[
    bool, typer.Option("--csv-safe", help="In CSV, quote what a spreadsheet would take for a formula.")
]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file, not standard output.")]


def chosen(form: Format | None, output: Path | None) -> Format:
    """The form asked for, else what the file's name says, else a table. Raises UsageError for a name that says another form."""
    if form is not None or output is None:
        return form or Format.TABLE
    ending = output.suffix.lower().removeprefix(".")
    if ending in {Format.JSONL, Format.CSV}:
        return Format(ending)
    if ending not in _OF_TABLES:
        raise UsageError(
            f"{output}: a listing is written as .jsonl or .csv, or as .txt for a table; name the file so, or give --format"
            + ("; items as Parquet: meeruit export -o FILE.parquet" if ending == "parquet" else "")
        )
    return Format.TABLE


def on_terminal(form: Format | None, output: Path | None) -> bool:
    """True where a person looks at the answer."""
    return output is None and form in {None, Format.TABLE} and sys.stdout.isatty()


def write(
    rows: Iterable[Row],
    columns: Sequence[Column],
    form: Format | None,
    output: Path | None,
    *,
    keys: Sequence[str] = (),
    none: str = "nothing to list",
    safe: bool = False,
) -> None:
    """Write rows of equal keys in the form asked for (none: what the file's name says, else a table).

    ``keys``: those of a row, for the header of a CSV without one; ``none``: what is said in place of an empty table;
    ``safe``: no cell of a CSV is a formula (OWASP, CSV injection).
    """
    form = chosen(form, output)
    with target(output) as file:
        match form:
            case Format.TABLE:
                cells = ([plain(_value(row[column.key])) for column in columns] for row in rows)
                print_table(cells, columns, file, none)
            case Format.JSONL:
                _jsonl(rows, file)
            case Format.CSV:
                _csv(rows, keys, file, _without_formulas if safe else _cell)


def shown_time(time: datetime | None) -> str | None:
    """``2026-03-02T14:05:00Z``, or None."""
    return None if time is None else time.strftime("%Y-%m-%dT%H:%M:%SZ")


def as_line(value: object) -> str:
    """A value as one line of JSON, with times as everywhere."""
    said = json.dumps(value, ensure_ascii=False, default=lambda v: shown_time(v) if isinstance(v, datetime) else str(v))
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", said) + "\n"


def plain(value: object) -> str:
    """A value on one line, safe on a terminal: control and direction characters are shown, not obeyed."""
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    if value is None:
        return ""
    return printable(value)


@contextmanager
def target(output: Path | None) -> Iterator[IO[str]]:
    """Standard output, or a file that is written anew; what goes wrong is one line."""
    if output is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    try:
        file = output.open("w", encoding="utf-8", newline="")
    except OSError as exc:
        raise UsageError(f"cannot write {output}: {(exc.strerror or str(exc)).lower()}") from exc
    try:
        with file:
            yield file
    except OSError as exc:
        raise output_error(str(output), exc) from exc


def _jsonl(rows: Iterable[Row], file: IO[str]) -> None:
    for row in rows:
        file.write(as_line(dict(row)))


def _csv(rows: Iterable[Row], keys: Sequence[str], file: IO[str], cell: Callable[[object], str]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    terminal = file.isatty()  # which must not obey what stands in a cell
    header = list(keys)
    if header:
        writer.writerow(header)
    for row in rows:
        if not header:
            header = list(row)
            writer.writerow(header)
        cells = [cell(row[key]) for key in header]
        writer.writerow(map(plain, cells) if terminal else cells)


def _value(value: object) -> object:
    return shown_time(value) if isinstance(value, datetime) else value


def _cell(value: object) -> str:
    """A CSV cell, which holds what the row does; the line ends in it are line feeds."""
    value = _value(value)
    text = "/".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return text.replace("\r", "\n")  # the csv module would not quote it, and readers end a row there


def _without_formulas(value: object) -> str:
    text = _cell(value)
    formula = text.startswith(("\t", "\n")) or text.lstrip()[:1] in _FORMULA
    return f"'{text}" if text and formula and not isinstance(value, int) else text
