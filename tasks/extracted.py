"""A page as ``meeruit extract`` prints it, and back: what was extracted elsewhere is stored as if it were read here.

All that the tables need stands in the record, but the body: of that only its hash and its size.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from meeruit.tasks.captures import Extracted, Raw, sha256
from meeruit.tasks.fold import content_hash
from meeruit.tasks.records import MAX_BODY, Block, Extraction, Item, Lead, PublishedFrom, Reason, Reject, Window
from meeruit.tasks.times import EARLIEST, iso, parse_time

#: The keys by which such a record is told from a page.
TOLD_BY = ("blocks", "body_sha256")
_SHA = re.compile(r"[0-9a-f]{64}")

Json = dict[str, Any]


def completed(printed: Json, extraction: Extraction) -> Json:
    """What ``extract.to_json`` gives, with what the tables need besides."""
    if extraction.lead:
        printed["lead"]["deck"] = extraction.lead.deck
    for block_json, block in zip(printed["blocks"], extraction.blocks, strict=True):
        block_json["unread"] = block.unread
        for item_json, item in zip(block_json["items"], block.items, strict=True):
            nearest = item.nearest if item.nearest != item.window else None
            item_json |= {
                "position": item.position,
                "dateline": item.dateline,
                "published_from": item.published_from,
                "nearest_after": iso(nearest.after) if nearest else None,
                "nearest_before": iso(nearest.before) if nearest else None,
                "contradicted": item.contradicted,
            }
    return printed | {
        "page_url": extraction.url,
        "encoding": extraction.encoding,
        "replaced": extraction.replaced,
    }


def of_page(raw: Raw, *, observed_from: str | None, listing: bool) -> Json:
    """What such a record says of the page itself."""
    body = raw.body or b""
    return {
        "observed_from": observed_from,
        "media_type": raw.media_type,
        "body_sha256": raw.sha256 or sha256(body),
        "body_size": len(body),
        "listing": listing,
        "remarks": list(raw.remarks),
    }


def is_extracted(record: Mapping[str, Any]) -> bool:
    """Whether a record is a page that was extracted elsewhere."""
    return all(key in record for key in TOLD_BY)


def read_extracted(record: Mapping[str, Any], observed_at: datetime | None) -> Extracted:
    """The page of such a record. Raises ValueError, in plain words, for one that is damaged, or made by hand."""
    try:
        lead = record["lead"]
        extraction = Extraction(
            _text(record["page_url"]),
            observed_at,
            Lead(_text(lead["headline"]), _text(lead["dateline"]), _words(lead["text"]), _number(lead["deck"]))
            if lead
            else None,
            tuple(map(_block, _list(record["blocks"]))),
            _words(record["encoding"]),
            _number(record["replaced"]),
        )
        sha, size = _words(record["body_sha256"]), _number(record["body_size"])
    except KeyError as exc:
        raise ValueError(f"an extracted page without {exc}; extract it again with this version") from None
    except (AttributeError, TypeError, ValueError) as exc:
        raise ValueError(f"no page as meeruit extract prints it: {exc}") from None
    positions = [item.position for _, item in extraction.items()]
    hashes = {item.content_hash for _, item in extraction.items()}
    if not _SHA.fullmatch(sha) or not len(positions) == len(set(positions)) == len(hashes):
        raise ValueError("no page as meeruit extract prints it: its hash, size or items cannot be")
    return Extracted(extraction, sha, size, record.get("listing") is True)


def _block(block: Json) -> Block:
    rejected = tuple(Reject(Reason(each["reason"]), _words(each["text"])) for each in block["rejected"])
    return Block(_text(block["section"]), tuple(map(_item, block["items"])), rejected, _number(block["unread"]))


def _item(item: Json) -> Item:
    text, headline = _words(item["text"]), _text(item["headline"])
    its_hash = content_hash(text or headline or "")
    if its_hash != item["content_hash"]:
        raise ValueError(f"the hash of {(text or headline or '')[:40]!r} is another one")
    window = _window(item, "published")
    said_by = item["published_from"]
    return Item(
        position=_number(item["position"]),
        headline=headline,
        place=_text(item["place"]),
        agencies=tuple(map(_words, _list(item["agencies"]))),
        dateline=_text(item["dateline"]),
        text=text,
        url=_text(item["url"]),
        age=_text(item["age"]),
        window=window,
        published_from=PublishedFrom(said_by) if said_by else None,
        content_hash=its_hash,
        nearest=_window(item, "nearest") or window,
        contradicted=item["contradicted"] is True,
    )


def _window(item: Json, name: str) -> Window | None:
    after, before = item[f"{name}_after"], item[f"{name}_before"]
    if after is None or before is None:
        return None
    window = Window(parse_time(after), parse_time(before))
    if window.before < window.after:
        raise ValueError("a window ends before it begins")
    if window.before < EARLIEST:
        raise ValueError(f"a window ends at {iso(window.before)}, before 1995")
    return window


def lacks_windows(extraction: Extraction) -> bool:
    """Whether ages were printed, and none gave a window: the page was extracted without a time."""
    ages = [item.window for _, item in extraction.items() if item.age]
    return bool(ages) and not any(ages)


def _text(value: object) -> str | None:
    return None if value is None else _words(value)


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{str(value)[:40]!r} is no list")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value <= MAX_BODY:
        raise ValueError(f"{str(value)[:40]!r} is no number")
    return int(value)


def _words(value: object) -> str:
    """A text that any database takes."""
    if not isinstance(value, str) or "\0" in value:
        raise ValueError(f"{str(value)[:40]!r} is no text")
    value.encode()  # half a surrogate pair is a ValueError
    return value
