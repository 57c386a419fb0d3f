"""The recipe of a page: bytes in, blocks of items out.

    decode | door (text, html) | read each piece | decide which blocks are ones | number and date the items | resolve links

Pure: the same page gives the same extraction. Knows no database and no other page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from meeruit.tasks.decoding.decode import decode
from meeruit.tasks.decoding.sniff import looks_html, refuse_binary, says_html
from meeruit.tasks.errors import Unreadable
from meeruit.tasks.grammar.blocks import Findings
from meeruit.tasks.grammar.profiles import BUILT_IN, Profile, named_profile, rounding_as
from meeruit.tasks.grammar.text import Text
from meeruit.tasks.html.links import resolve
from meeruit.tasks.html.sift import sift_blocks
from meeruit.tasks.records import MAX_BODY, Block, Extraction, Item, Lead, Page
from meeruit.tasks.times import iso

if TYPE_CHECKING:
    from meeruit.tasks.html.door import Html


def extract(page: Page, profiles: Sequence[Profile] | None = None) -> Extraction:
    """What ``page`` holds: its lead, and its blocks of items.

    ``profiles``: the languages to read it in, by default the built-in ones. Of several the page's own ``lang`` decides,
    or else the one that finds most. Raises ``Unreadable`` for what is no page; an empty one is a page without blocks.
    """
    if len(page.body) > MAX_BODY:
        raise Unreadable(f"a page of {len(page.body):,} bytes, more than {MAX_BODY:,}")
    refuse_binary(page.body)
    says = says_html(page.media_type)
    decoded = decode(page.body, page.media_type, markup=says is not False)
    html = looks_html(decoded.text) if says is None else says
    door = _open_html(decoded.utf8, page) if html else Text(decoded.text, page.url)
    lead, found = _best(door, profiles, page)
    blocks = tuple(_resolved(block, door.base) for block in found)
    return Extraction(door.address, page.observed_at, lead, blocks, decoded.encoding, decoded.replaced)


def _resolved(block: Block, base: str | None) -> Block:
    """The block with its links resolved, which were carried as they are written."""
    urls = [item.url and resolve(item.url, base) for item in block.items]
    if urls == [item.url for item in block.items]:
        return block
    items = [item._replace(url=url) for item, url in zip(block.items, urls, strict=True)]
    return block._replace(items=tuple(items))


def extract_in(page: Page, profile: str | None) -> Extraction:
    """``extract`` in the language profile of this name or path; None: in the page's own language."""
    return extract(page, None if profile is None else [named_profile(profile)])


def check_profile(name: str) -> None:
    """Raise ``UsageError`` for a profile that cannot be read."""
    named_profile(name)


def _open_html(utf8: bytes, page: Page) -> Html:
    """The HTML door; imported here, since it takes 40 ms to import and a text needs none of it."""
    from meeruit.tasks.html.door import Html

    return Html(utf8, page.url, listing=page.listing)


def _own_first(profiles: Sequence[Profile] | None, language: str | None) -> Iterator[Profile]:
    """The profiles, that of the page's own language first; a built-in one is loaded when its turn comes (30 ms)."""
    if profiles:
        yield from sorted(profiles, key=lambda one: one.language != language)
    else:
        yield from (BUILT_IN[name] for name in sorted(BUILT_IN, key=lambda name: name != language))


def _best(door: Html | Text, profiles: Sequence[Profile] | None, page: Page) -> tuple[Lead | None, tuple[Block, ...]]:
    """What the page's own language finds below a heading; else what the best one finds.

    The best one finds a heading, or else most ages, or else most items; of equals it is the page's own language.
    """
    best: Findings | None = None
    blocks: tuple[Block, ...] = ()
    most = (False, 0, -1)
    for profile in _own_first(profiles, door.language):
        if most[2] > 0 and not door.hints(profile):
            continue
        findings = door.read(profile)
        said = rounding_as(profile, page.rounding) if page.rounding else profile
        sifted = sift_blocks(findings.found, said, page.shown_at or page.observed_at)
        count = sum(len(block.items) for block in sifted)
        headed = bool(findings.found) and findings.found[0].headed
        if headed and profile.language == door.language:
            return findings.lead(), sifted
        found = (headed, _understood(findings), count)
        if found > most:
            best, blocks, most = findings, sifted, found
    if best is None or (blocks and not best.found[0].headed):  # a listing has no article of its own
        return None, blocks
    return best.lead(), blocks


def _understood(findings: Findings) -> int:
    """How many of the ages are words of the language."""
    return sum(
        piece.age is not None and piece.age.when is not None for block in findings.found for piece in block.pieces
    )


def to_json(extraction: Extraction) -> dict[str, object]:
    """``extraction`` as ``meeruit extract`` prints it; the keys and their order are a contract."""
    lead = extraction.lead
    return {
        "url": extraction.url,
        "observed_at": iso(extraction.observed_at) if extraction.observed_at else None,
        "lead": {"headline": lead.headline, "dateline": lead.dateline, "text": lead.text} if lead else None,
        "blocks": [
            {
                "section": block.section,
                "items": [_item_json(item) for item in block.items],
                "rejected": [{"reason": reject.reason.value, "text": reject.text} for reject in block.rejected],
            }
            for block in extraction.blocks
        ],
    }


def _item_json(item: Item) -> dict[str, object]:
    return {
        "headline": item.headline,
        "place": item.place,
        "agencies": list(item.agencies),
        "text": item.text,
        "url": item.url,
        "age": item.age,
        "published_after": iso(item.window.after) if item.window else None,
        "published_before": iso(item.window.before) if item.window else None,
        "content_hash": item.content_hash,
    }
