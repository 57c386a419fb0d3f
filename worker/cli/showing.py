"""``meeruit show``: one item with all that is known of it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.text import Text
from sqlalchemy import Connection

from meeruit.tasks.captures import ObservedFrom
from meeruit.tasks.records import PublishedFrom
from meeruit.tasks.report import explanations, listings
from meeruit.tasks.report.differences import Change, inline_diff, words_changed
from meeruit.tasks.report.reasons import duration
from meeruit.tasks.store.recurrence import Publication, distance, published_again
from meeruit.worker.cli.options import JsonOption
from meeruit.worker.cli.output import Format, as_line, plain, shown_time, write
from meeruit.worker.cli.stored import HashArgument, read_database
from meeruit.worker.cli.tables import Column

#: Where its ages count from nothing: what can be done about it.
_UNDATED = (
    "unknown: nobody says when its pages were captured; `meeruit forget` them, and ingest with --observed-at TIME"
)
_STYLES = {Change.SAME: "", Change.GONE: "red strike", Change.NEW: "green bold"}


def show(content_hash: HashArgument, as_json: JsonOption = False) -> None:
    """Show one item with its sightings, window, revisions, article."""
    with read_database() as db:
        row = listings.find_item(db, content_hash)
        known = _known(db, row)
        seen = list(listings.sightings(db, row.id))
    if as_json:
        sys.stdout.write(as_line({**known, "seen": seen}))
        return
    _print_item(known | {"undated": all(one["observed_from"] == ObservedFrom.INGEST for one in seen)})
    columns = [
        Column("observed_at", "captured"),
        Column("position", "place on page", right=True, spare=2),
        Column("section", "section", spare=1),
        Column("age", "age printed"),
        Column("address", "page", flexible=True, whole=True),
    ]
    write(seen, columns, Format.TABLE, None)


def _known(db: Connection, row: Any) -> dict[str, Any]:
    """All that is known of an item but its sightings: the contract's keys, and what hangs on it."""
    earlier = explanations.revised(db, row)
    windows = explanations.windows(db, row.id)
    return {
        **listings.item_row(db, row),
        "conflicts": row.conflicts,
        "pruned": row.pruned,
        "headline_from": row.headline_from,
        "url_from": row.url_from,
        "rounded_to_nearest": [
            {"list": name, "section": section} for name, section in explanations.rounded(db, row.id)
        ],
        "other_windows": [_window(windows[0], other) for other in windows[1:]],
        "revises": earlier and _version(earlier, earlier, row),
        "revised_by": [_version(later, row, later) for later in explanations.revised_by(db, row.id)],
        "article": explanations.article(db, row.content_hash),
    }


def _window(own: Publication, other: Publication) -> dict[str, Any]:
    return {
        "published_after": other.window.after,
        "published_before": other.window.before,
        "sightings": other.sightings,
        "published_again": published_again(own.window, other.window),
        "apart": duration(distance(own.window, other.window)),
    }


def _version(named: Any, old: Any, new: Any) -> dict[str, Any]:
    """An item that another revises, or that revises it, with the difference from the older text to the newer."""
    return {
        "content_hash": named.content_hash,
        "first_seen_at": named.first_seen_at,
        "old": old.text,
        "new": new.text,
        "difference": inline_diff(old.text, new.text),
    }


def _print_item(item: dict[str, Any]) -> None:
    out = Console(highlight=False, markup=False)
    if item["headline"]:
        out.print(plain(item["headline"]), style="bold")
    if text := _opening(item["place"], item["agencies"]) + plain(item["text"]):
        out.print(text, soft_wrap=not out.is_terminal)
    out.print()
    for name, value in (
        ("hash", f"{item['content_hash']} (version {item['hash_version']})"),
        ("section", item["section"]),
        ("link", item["url"] and item["url"] + (" (its article's)" if item["url_from"] == "article" else "")),
        ("first seen", shown_time(item["first_seen_at"])),
        ("last seen", shown_time(item["last_seen_at"])),
        ("published", _published(item)),
        *(("", _rounded(which)) for which in item["rounded_to_nearest"]),
        *(("", _other_window(other)) for other in item["other_windows"]),
    ):
        if value is not None:
            out.print(f"{name:<11} {plain(value)}", soft_wrap=True)
    if item["revises"]:
        _print_version(out, "revises", item["revises"])
    for later in item["revised_by"]:
        _print_version(out, "revised by", later)
    if item["article"]:
        _print_article(out, item["article"])
    out.print(f"\nseen {item['sightings']} {'time' if item['sightings'] == 1 else 'times'}{_pruned(item['pruned'])}")


def _pruned(number: int) -> str:
    """That not all sightings are listed."""
    said = "of these sightings was given up" if number == 1 else "of these sightings were given up"
    return f"; {number} {said} (meeruit prune)" if number else ""


def _opening(place: str | None, agencies: Iterable[str]) -> str:
    dateline = plain(place or "") + (f" ({plain('/'.join(agencies))})" if agencies else "")
    return dateline + " - " if dateline else ""


def _published(item: dict[str, Any]) -> str:
    after, before = item["published_after"], item["published_before"]
    if before is None:
        return _UNDATED if item["undated"] else "unknown: no capture says"
    if after == before:
        return f"at {shown_time(before)}"
    by_date = ", by a date" if item["published_from"] == PublishedFrom.DATE else ""
    return f"after {shown_time(after)}, by {shown_time(before)} (within {duration(before - after)}{by_date})"


def _rounded(which: dict[str, str]) -> str:
    name = f"{which['list']} {which['section']}".strip()
    return f"ages of {name} count as rounded to the nearest unit; rounded down they would contradict each other"


def _other_window(other: dict[str, Any]) -> str:
    """What the sightings say that were passed over: a text that came again, or a page that is wrong."""
    sightings = f"{other['sightings']} {'sighting says' if other['sightings'] == 1 else 'sightings say'}"
    when = f"after {shown_time(other['published_after'])}, by {shown_time(other['published_before'])}"
    if other["published_again"]:
        return f"and again {when}: {sightings} so; windows {other['apart']} apart cannot meet, so the text recurs"
    return f"{sightings} {when}, which cannot be true as well, and is passed over"


def _print_version(out: Console, name: str, version: dict[str, Any]) -> None:
    """The other text with what changed, word by word: in colours where there are, in brackets where not."""
    first_seen = shown_time(version["first_seen_at"])
    out.print(f"{name:<11} {version['content_hash'][:10]}, first seen {first_seen}", soft_wrap=True)
    if not out.is_terminal:
        out.print(f"{'':<11} {plain(version['difference'])}", soft_wrap=True)
        return
    changes = words_changed(version["old"], version["new"])
    out.print(Text(" ").join(Text(plain(words), _STYLES[change]) for change, words in changes))


def _print_article(out: Console, article: dict[str, Any]) -> None:
    versions = f", {article['versions']} versions, this is the last" if article["versions"] > 1 else ""
    captured = shown_time(article["observed_at"])
    out.print(f"\narticle     {plain(article['address'])}, captured {captured}{versions}", soft_wrap=True)
    if article["headline"]:
        out.print(plain(article["headline"]), style="bold")
    first, *others = article["text"].split("\n")
    dateline = plain(article["dateline"]) + " - " if article["dateline"] else ""
    for paragraph in (dateline + plain(first), *map(plain, others)):
        out.print(paragraph, soft_wrap=True)
