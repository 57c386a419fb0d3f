"""``meeruit extract``: what pages hold, without a database or a broker."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from tasks.capture import Raw, check_time, parse_time
from tasks.clock import now
from tasks.errors import PageError, UsageError
from tasks.extract import extract as extract_page
from tasks.extract import to_json
from tasks.profiles import BUILT_IN, Profile, load_profile
from tasks.read import read_file, read_slice
from tasks.records import Page
from tasks.targets import check_targets, find
from worker.cli.output import plain


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(extract)


def extract(
    targets: Annotated[list[str], typer.Argument(metavar="TARGET...", help="Files, folders, *.jsonl[.gz|.zst], or -.")],
    observed_at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When the pages were captured, where they do not say so.")
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Language profile: nl, en, or a TOML file. [default: the page's language]"),
    ] = None,
) -> None:
    """Show what pages hold, one JSON object a page, without a database or a broker: a dry run for a new source."""
    check_targets(targets)
    profiles = None if profile is None else [_profile(profile)]
    given = _observed(observed_at) if observed_at else None
    failed = 0
    for raw in _raws(targets):
        try:
            if raw.problem is not None or raw.body is None:
                raise UsageError(raw.problem or "nothing to read")
            observed = raw.observed_at or given
            if observed is not None:
                check_time(observed, now())
            page = extract_page(Page(raw.body, raw.url, observed, raw.media_type), profiles)
        except (PageError, UsageError, ValueError) as exc:
            failed += 1
            print(f"failed: {plain(raw.address)}: {plain(exc)}", file=sys.stderr)
            continue
        line = to_json(page)
        line["url"] = raw.address
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    if failed:
        raise typer.Exit(1)


def _raws(targets: list[str]) -> Iterator[Raw]:
    for found in find(targets, sys.stdin.buffer):
        if isinstance(found, Raw):
            yield found
            continue
        reference = found[0]
        if "problem" in reference:
            yield Raw(reference["address"], reference, problem=reference["problem"])
        elif "slice" in reference:
            yield from read_slice(reference)
        else:
            yield read_file(reference["file"])


def _profile(name: str) -> Profile:
    return BUILT_IN[name] if name in BUILT_IN else load_profile(Path(name))


def _observed(text: str) -> datetime:
    try:
        return parse_time(text)
    except ValueError as exc:
        raise UsageError(f"--observed-at: {exc}") from None
