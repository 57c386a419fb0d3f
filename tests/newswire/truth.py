"""What only the wire knows, beside what the oracle makes of the captures; and both as JSON.

``misses`` are the stories that a list showed and no capture of that list holds: each must lie in one of its gaps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tests.newswire.ages import stamp
from tests.newswire.captures import Capture
from tests.newswire.gaps import Gap
from tests.newswire.oracle import INGESTED, Item, Sighting, Tables
from tests.newswire.wire import Wire


def misses(wire: Wire, captures: Iterable[Capture]) -> list[tuple[str, str, datetime]]:
    """Publisher, section and true time of every story that is on no capture of that list, in none of its versions.

    Counted are stories published after the list's first capture and not after its last one.
    """
    seen: dict[tuple[str, str], set[str]] = defaultdict(set)
    moments: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for capture in captures:
        for block in capture.sheet.blocks:
            seen[capture.publisher, block.section].update(item.content_hash for item in block.items)
            if capture.observed_at:
                moments[capture.publisher, block.section].append(capture.observed_at)
    return sorted(
        (publisher, section, story.published)
        for (publisher, section), times in moments.items()
        for story in wire.stories[section]
        if min(times) < story.published <= max(times)
        if seen[publisher, section].isdisjoint(version.content_hash for version in story.versions)
    )


def as_json(wire: Wire, captures: Iterable[Capture], tables: Tables) -> dict[str, Any]:
    """Everything, ready for ``json.dumps``; null stands for the time of the ingest where a capture is not dated."""
    return {
        "report": tables.report.as_json(),
        "rejected": dict(tables.report.rejected),
        "items": [item_json(item) for item in tables.items.values()],
        "sightings": [sighting_json(sighting) for sighting in tables.sightings],
        "gaps": [gap_json(gap) for gap in tables.gaps],
        "misses": [(publisher, section, stamp(moment)) for publisher, section, moment in misses(wire, captures)],
        "published": {content_hash: stamp(moment) for content_hash, moment in wire.times().items()},
        "corrections": sorted(wire.corrections()),
    }


def item_json(item: Item) -> dict[str, Any]:
    """The item with the keys of the contract, in its order; ``conflicts`` last."""
    return {
        "content_hash": item.content_hash,
        "hash_version": 1,
        "headline": item.headline,
        "place": item.place,
        "agencies": list(item.agencies),
        "text": item.text,
        "section": item.section,
        "url": item.url,
        "first_seen_at": _seen(item.first_seen_at),
        "last_seen_at": _seen(item.last_seen_at),
        "sightings": item.sightings,
        "published_after": stamp(item.published_after),
        "published_before": stamp(item.published_before),
        "published_from": item.published_from,
        "revision_of": item.revision_of,
        "conflicts": item.conflicts,
    }


def sighting_json(sighting: Sighting) -> dict[str, Any]:
    """The sighting with its natural key first, and its own window."""
    return {
        "content_hash": sighting.content_hash,
        "page": sighting.page.url,
        "observed_at": _seen(sighting.page.observed_at),
        "position": sighting.position,
        "section": sighting.section,
        "headline": sighting.printed.headline,
        "dateline": sighting.printed.dateline,
        "url": sighting.printed.url,
        "age": sighting.printed.age.words,
        "published_after": stamp(sighting.window.after) if sighting.window else None,
        "published_before": stamp(sighting.window.before) if sighting.window else None,
        "stale": sighting.page.stale,
    }


def gap_json(gap: Gap) -> dict[str, Any]:
    """The gap with its list and its two times."""
    return {"list": [gap.publisher, gap.section], "from": stamp(gap.after), "to": stamp(gap.before)}


def _seen(moment: datetime) -> str | None:
    return None if moment == INGESTED else stamp(moment)
