"""What is given up to save room: the content of old bodies. All that was found on their pages stays.

A body whose content is gone keeps its row, so that the same page, captured again, is known as the same. ``replay`` and a
revisit that refers to it cannot read it any more.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select, update

from meeruit.tasks.store.bodies import KEPT, NOT_KEPT
from meeruit.tasks.store.tables import UNFINISHED, Body, Page, Validator, Work, WorkKind, table

_body, _page, _validator, _work = table(Body), table(Page), table(Validator), table(Work)
#: Bodies of one transaction.
TOGETHER = 1_000


class Bodies(NamedTuple):
    """Some bodies: how many, and the bytes that they take as they are stored."""

    number: int
    size: int


def old_bodies(db: Connection, before: datetime) -> Bodies:
    """The bodies all captures of which are older than a time."""
    query = select(func.count(), func.coalesce(func.sum(func.length(_body.c.content)), 0)).where(_old(before))
    number, size = db.execute(query).one()
    return Bodies(int(number), int(size))


def drop_bodies(db: Connection, before: datetime) -> int:
    """Give up the content of some of them; returns how many there were, TOGETHER where there may be more."""
    which = list(db.scalars(select(_body.c.sha256).where(_old(before)).order_by(_body.c.sha256).limit(TOGETHER)))
    if which:
        db.execute(update(_body).where(_body.c.sha256.in_(which)).values(content=NOT_KEPT))
    return len(which)


def waits(db: Connection) -> bool:
    """Whether work waits whose pages are stored bodies and nothing else: those must stay."""
    query = select(_work.c.id).where(_work.c.kind == WorkKind.BODIES, _work.c.state.in_(UNFINISHED)).limit(1)
    return db.scalar(query) is not None


def _old(before: datetime) -> ColumnElement[bool]:
    """Captured before a time and never since; that of a conditional request stays, since an answer may refer to it."""
    captured = exists().where(_page.c.body == _body.c.sha256)
    since = exists().where(_page.c.body == _body.c.sha256, _page.c.observed_at >= before)
    asked = exists().where(_validator.c.body == _body.c.sha256)
    return and_(KEPT, captured, ~since, ~asked)
