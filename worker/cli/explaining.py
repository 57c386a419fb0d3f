"""``meeruit why``: why two items are one, a revision, or apart."""

from __future__ import annotations

import sys
from typing import Any

from rich.console import Console

from meeruit.tasks.fold import fold
from meeruit.tasks.report import explanations, listings
from meeruit.tasks.report.differences import first_difference
from meeruit.tasks.report.reasons import Verdict
from meeruit.worker.cli.options import JsonOption
from meeruit.worker.cli.output import as_line, plain, shown_time
from meeruit.worker.cli.stored import HashArgument, read_database


def why(first: HashArgument, second: HashArgument, as_json: JsonOption = False) -> None:
    """Explain why two items are one, a revision, or apart.

    Shows their folded texts, where these part, and the rule that decides.
    """
    with read_database() as db:
        rows = [listings.find_item(db, prefix) for prefix in (first, second)]
        verdict, reasons = explanations.compare(db, *rows)
    folded = [fold(row.text or row.headline or "") for row in rows]
    parted = first_difference(*folded)
    if as_json:
        answer = {
            "verdict": verdict,
            "reasons": [{"joins": reason.joins, "said": reason.said} for reason in reasons],
            "items": [
                {"content_hash": row.content_hash, "first_seen_at": row.first_seen_at, "folded": text}
                for row, text in zip(rows, folded, strict=True)
            ],
            "first_difference": parted
            and {"at": parted.at, "texts": [parted.one, parted.other], "has": [parted.one_has, parted.other_has]},
        }
        sys.stdout.write(as_line(answer))
        return
    out = Console(highlight=False, markup=False)
    for row, text in zip(rows, folded, strict=True):
        out.print(f"{row.content_hash[:10]}  first seen {shown_time(row.first_seen_at)}", style="bold")
        out.print(plain(text), soft_wrap=True)
    if parted:
        out.print(f"\nthey part after {parted.at} characters")
        out.print(f"  {plain(parted.one)}\n  {plain(parted.other)}", soft_wrap=True)
        out.print(f"  {plain(parted.one_has)}, and {plain(parted.other_has)}", soft_wrap=True)
    out.print(f"\n{_verdict(verdict, rows)}", style="bold")
    for reason in reasons:
        if reason.joins or verdict is Verdict.APART:
            out.print(f"  {plain(reason.said)}", soft_wrap=True)


def _verdict(verdict: Verdict, rows: list[Any]) -> str:
    if verdict is Verdict.ONE:
        return "one item"
    earlier, later = sorted(rows, key=lambda row: (row.first_seen_at, row.content_hash))
    if verdict is Verdict.REVISION:
        return f"{later.content_hash[:10]} is a revision of {earlier.content_hash[:10]}"
    return "apart: two items"
