"""``meeruit body``: a stored page, given back as it came."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from sqlalchemy import select

from meeruit.tasks.errors import UsageError
from meeruit.tasks.store.bodies import load_bodies
from meeruit.tasks.store.tables import Page, table
from meeruit.worker.cli.output import OutputOption, plain
from meeruit.worker.cli.standard_output import output_error
from meeruit.worker.cli.stored import read_database

_page = table(Page)


def body(
    page: Annotated[int, typer.Argument(metavar="PAGE", help="A page, by the number that `meeruit pages` shows.")],
    output: OutputOption = None,
) -> None:
    """Give a stored page back, byte for byte."""
    with read_database() as db:
        row = db.execute(select(_page.c.body).where(_page.c.id == page)).one_or_none()
        if row is None:
            raise UsageError(f"no page has the number {page}; see: meeruit pages")
        content = load_bodies(db, [row.body]).get(row.body) if row.body else None
    if content is None:
        raise UsageError(f"page {page} has no body: nothing came, or nothing that could be kept")
    if output is not None:
        try:
            output.write_bytes(content)
        except OSError as exc:
            raise output_error(str(output), exc) from exc
    elif sys.stdout.isatty():  # which must not obey what stands in a page
        for line in content.decode(errors="replace").splitlines():
            print(plain(line))
    else:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
