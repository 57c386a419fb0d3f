"""``meeruit extract``: what pages hold, without a database or a broker."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Annotated

import typer

from meeruit.tasks.captures import ObservedFrom, Raw
from meeruit.tasks.disk.columns import read_columns
from meeruit.tasks.disk.found import is_reference
from meeruit.tasks.disk.read import read_file
from meeruit.tasks.disk.slices import read_slice
from meeruit.tasks.disk.targets import check_targets, find
from meeruit.tasks.errors import PageError, UsageError, Wait
from meeruit.tasks.extract import extract as extract_page
from meeruit.tasks.extract import to_json
from meeruit.tasks.extracted import completed, of_page
from meeruit.tasks.grammar.profiles import named_profile
from meeruit.tasks.records import Page
from meeruit.tasks.references import Fetch, File, Problem, Slice, file_of
from meeruit.tasks.times import check_time, now
from meeruit.worker.cli.options import ColumnsOption, ListingOption, ObservedOption, ProfileOption, observed, odd_line
from meeruit.worker.cli.output import as_line, plain
from meeruit.worker.local.sandbox import sandbox

if TYPE_CHECKING:
    from meeruit.tasks.web.answer import Fetched


def extract(
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="TARGET...",
            help="Pages, folders, *.jsonl|csv|warc|wet[.gz|.zst], *.parquet, *.json, http(s) addresses, or -.",
        ),
    ],
    observed_at: ObservedOption = None,
    profile: ProfileOption = None,
    listing: ListingOption = False,
    columns: ColumnsOption = None,
) -> None:
    """Show what pages hold, one JSON object a page; store nothing.

    Needs neither a database nor a broker: a dry run for a new source.
    """
    check_targets(targets)
    read_columns(columns)
    profiles = None if profile is None else [named_profile(profile)]
    given = observed(observed_at)
    failed, odd = 0, Counter[tuple[str, str]]()

    def extracted_json(page: Page) -> dict[str, object]:
        found = extract_page(page, profiles)
        return completed(to_json(found), found)

    with sandbox(extracted_json) as extracted:
        if any(target.lower().startswith(("http://", "https://")) for target in targets):
            _visit()  # a setting that cannot be used is said before the first page
        for raw in _raws(targets, columns):
            odd.update((file, remark) for remark in raw.remarks if (file := file_of(raw.reference)))
            try:
                line = extracted(_page(raw, given, listing=listing))
            except (PageError, UsageError, ValueError) as exc:
                failed += 1
                print(f"failed: {plain(raw.address)}: {plain(exc)}", file=sys.stderr)
                continue
            line["url"] = raw.address
            line |= of_page(raw, observed_from=_observed_from(raw, given), listing=listing)
            sys.stdout.write(as_line(line))
            sys.stdout.flush()
    for said in map(odd_line, sorted(odd.items())):
        print(f"meeruit: {plain(said)}", file=sys.stderr)
    if failed:
        raise typer.Exit(1)


def _page(raw: Raw, given: datetime | None, *, listing: bool) -> Page:
    """The page to extract; raises UsageError or ValueError for one that cannot be."""
    if raw.problem is not None or raw.body is None:
        raise UsageError(raw.problem or ("a revisit of another record" if raw.refers_to else "nothing to read"))
    captured = raw.observed_at or given
    if captured is not None:
        check_time(captured, now())
    shown_at = captured and captured - timedelta(seconds=raw.age_seconds)
    return Page(raw.body, raw.url, captured, raw.media_type, shown_at, listing)


def _observed_from(raw: Raw, given: datetime | None) -> str | None:
    if raw.observed_at is None:
        return None if given is None else ObservedFrom.OPTION
    return raw.observed_from or ObservedFrom.HTTP


def _raws(targets: list[str], columns: str | None) -> Iterator[Raw]:
    for found in find(targets, sys.stdin.buffer, columns):
        if isinstance(found, Raw):
            yield found
            continue
        if not is_reference(found):
            continue
        match found[0]:
            case Fetch() as reference:
                yield _fetched(reference)
            case Slice() as reference:
                yield from read_slice(reference)
            case File() as reference:
                yield read_file(reference)
            case Problem() as reference:
                yield Raw(reference.address, reference, problem=reference.problem)


def _fetched(reference: Fetch) -> Raw:
    """A page from the web: through the same guard, robots.txt and pace as a worker's, each kept by this process."""
    url = reference.url
    try:
        page = _visit()(url)
    except (PageError, Wait) as exc:
        return Raw(url, reference, problem=str(exc))
    return Raw(url, reference, page.body, page.url, page.media_type, page.observed_at, age_seconds=page.age_seconds)


@cache
def _visit() -> Callable[[str], Fetched]:
    # a page from the disk needs none of these, and they take longer to import than it takes to read
    from meeruit.tasks.web import visit
    from meeruit.tasks.web.redirects import Browser
    from meeruit.worker.net.client import make_client
    from meeruit.worker.net.memory import OwnMemory
    from meeruit.worker.net.pace import OwnPace
    from meeruit.worker.settings import read_settings
    from meeruit.worker.sources import DEFAULT_DELAY

    settings = read_settings()
    client = make_client(contact=settings.contact, allow_private_hosts=settings.allow_private_hosts)
    browser = Browser(client, OwnPace(patience=3600), OwnMemory())
    return lambda url: visit.visit(browser, url, delay=DEFAULT_DELAY)
