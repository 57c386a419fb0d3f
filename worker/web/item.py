"""One item: its text, its window, where it was seen, its versions, its article, and why it is one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from sqlalchemy import Connection

from meeruit.tasks.fold import fold
from meeruit.tasks.report import explanations, listings
from meeruit.tasks.report.differences import inline_diff, words_changed
from meeruit.tasks.report.tightening import Effect, Seen, seen
from meeruit.worker.web.positions import positions_chart
from meeruit.worker.web.shapes import Fault, OneItemShape
from meeruit.worker.web.site import site_of
from meeruit.worker.web.window import window_chart

router = APIRouter()
Digest = Annotated[
    str, Path(pattern="^[0-9a-f]{4,64}$", description="The item's content hash, or the beginning of it.")
]
#: Rows of a table of sightings; of more, the first ones and the last ones are listed.
ROWS = 200
#: Characters of a text up to which its folding is shown in full, and those of a version whose words are compared.
_COMPARED = 20_000


@router.get("/items/{digest}.json", summary="One item with all that is known of it", responses={404: {"model": Fault}})
async def item_json(request: Request, digest: Digest) -> OneItemShape:
    """One item with its sightings, its window after each, its versions and its article."""
    return OneItemShape.model_validate(await site_of(request).ask(lambda db: _known(db, digest)))


@router.get("/items/{digest}", include_in_schema=False)
async def item_page(request: Request, digest: Digest) -> Response:
    """The page."""
    site = site_of(request)

    def answer(db: Connection) -> Response:
        row = listings.find_item(db, digest)
        sightings = seen(db, row.id)
        return site.page(
            request,
            "item.html",
            item=listings.item_row(db, row),
            row=row,
            seen=sightings,
            shown=_rows(sightings),
            window=window_chart(sightings),
            effects=Effect,
            positions=positions_chart(sightings) if sightings else None,
            others=explanations.windows(db, row.id)[1:] if row.conflicts else [],
            rounded=explanations.rounded(db, row.id),
            versions=_versions(db, row),
            article=explanations.article(db, row.content_hash),
            folded=fold(row.text or row.headline or ""),
        )

    return await site.ask(answer)


def _rows(sightings: list[Seen]) -> list[Seen]:
    """The sightings that the table lists; the middle of many is left out."""
    return sightings if len(sightings) <= ROWS else [*sightings[: ROWS // 2], *sightings[-ROWS // 2 :]]


def _versions(db: Connection, row: Any) -> list[dict[str, Any]]:
    """The versions before and after, each with its words marked."""
    earlier = explanations.revised(db, row)
    found = [_version("corrects", earlier, earlier, row)] if earlier else []
    return [*found, *(_version("corrected by", later, row, later) for later in explanations.revised_by(db, row.id))]


def _version(how: str, named: Any, old: Any, new: Any) -> dict[str, Any]:
    words = list(words_changed(old.text, new.text)) if max(len(old.text), len(new.text)) <= _COMPARED else []
    return {"how": how, "item": named, "words": words}


def _known(db: Connection, digest: str) -> dict[str, Any]:
    row = listings.find_item(db, digest)
    earlier = explanations.revised(db, row)
    return {
        **listings.item_row(db, row),
        "conflicts": row.conflicts,
        "folded": fold(row.text or row.headline or ""),
        "revises": _named(earlier, earlier, row) if earlier else None,
        "revised_by": [_named(later, row, later) for later in explanations.revised_by(db, row.id)],
        "article": explanations.article(db, row.content_hash),
        "seen": [_sighting(one) for one in seen(db, row.id)],
    }


def _named(named: Any, old: Any, new: Any) -> dict[str, Any]:
    return {
        "content_hash": named.content_hash,
        "first_seen_at": named.first_seen_at,
        "difference": inline_diff(old.text, new.text),
    }


def _sighting(one: Seen) -> dict[str, Any]:
    names = ("observed_at", "observed_from", "address", "source", "section", "position", "of", "age", "effect")
    return {
        **{name: getattr(one, name) for name in names},
        "said_after": one.said and one.said.after,
        "said_before": one.said and one.said.before,
        "published_after": one.window and one.window.after,
        "published_before": one.window and one.window.before,
    }
