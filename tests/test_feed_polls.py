"""Polls of feeds, through to the links that they show: what is asked for, when, and what is said of the feed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import Engine, select, update

from meeruit.tasks.errors import TryAgain
from meeruit.tasks.store.noted import all_marks, record_marks
from meeruit.tasks.store.tables import Page, Validator, Work, WorkState, table
from meeruit.tasks.times import iso, now
from meeruit.tasks.web.answer import Fetched, Validators
from meeruit.tasks.work import links
from meeruit.tasks.work.polling import Polled, poll_now
from meeruit.tasks.work.process import process
from meeruit.tasks.work.tools import Tools
from meeruit.worker.database import reading

_page, _validator, _work = table(Page), table(Validator), table(Work)
FEED, LINK, OTHER = "https://krant.example/rss", "https://krant.example/1", "https://krant.example/2"


class Site:
    """A site with one feed, which has an ETag."""

    def __init__(self, engine: Engine, *items: str) -> None:
        self.engine, self.items = engine, items
        self.busy: Iterable[str] = ()
        self.asked: list[str] = []
        #: When it answered last: two captures of one second and one body would be one.
        self.at = now() - timedelta(hours=9)
        self.tools = Tools(engine, lambda *_: None, lambda: 0, "me", lambda _: False, self.visit)

    def visit(self, url: str, _delay: float, validators: Validators | None, _first: bool) -> Fetched:
        self.asked.append(url)
        self.at += timedelta(minutes=1)
        if url in self.busy:
            raise TryAgain("HTTP 503")
        if url != FEED:
            return Fetched(url, b"<p>A page.</p>", self.at, "text/html", None)
        body = f'<rss version="2.0"><channel>{"".join(self.items)}</channel></rss>'.encode()
        given = Validators(url, f'"{len(body)}"')
        unchanged = validators is not None and validators.etag == given.etag
        return Fetched(url, None if unchanged else body, self.at, "application/rss+xml", given)

    def poll(self, source: str = "krant") -> list[str]:
        """Poll the feed, and do all that follows without waiting. Returns the addresses that were asked for."""
        self.asked.clear()
        poll_now(self.tools, Polled(source, feeds=(FEED,), delay=0.0))
        while True:
            with self.engine.begin() as db:
                db.execute(update(_work).values(not_before=None))
                pending = list(db.scalars(select(_work.c.id).where(_work.c.state == WorkState.PENDING)))
            if not pending:
                return self.asked
            for work in pending:
                process(self.tools, work, "message")

    def outcome(self) -> str:
        """What is said of the last poll of the feed."""
        with reading(self.engine) as db:
            query = select(_page.c.outcome).where(_page.c.address == FEED).order_by(_page.c.id.desc())
            return str(db.scalars(query).first())


def item(link: str) -> str:
    return f"<item><link>{link}</link></item>"


def test_a_link_that_failed_is_asked_for_again_though_its_feed_has_not_changed(engine: Engine) -> None:
    site = Site(engine, item(LINK))
    site.busy = {LINK}
    assert site.poll() == [FEED, LINK, LINK, LINK]
    assert site.poll() == [FEED], "its time has not come"
    for failures, pause in enumerate(links.PAUSES, 1):
        with engine.begin() as db:
            assert all_marks(db, "krant")[LINK].startswith(f"failed {failures} ")
            record_marks(db, "krant", {LINK: f"failed {failures} {iso(now() - pause)}"})
        assert site.poll() == [FEED, LINK, LINK, LINK]
        assert site.outcome() == "not modified"
    assert site.poll() == [FEED], "it was given up"
    with reading(engine) as db:
        assert db.scalar(select(_validator.c.uses)) == 4, "a feed that has not changed keeps its validators"


def test_two_sources_with_one_feed_each_get_its_links(engine: Engine) -> None:
    site = Site(engine, item(LINK))
    assert site.poll() == [FEED, LINK]
    assert site.poll("other") == [FEED, LINK]
    assert site.poll() == site.poll("other") == [FEED]


def test_a_feed_of_which_no_link_can_be_used_says_so(engine: Engine) -> None:
    site = Site(engine, item("mailto:desk@krant.example"), "<item><title>No link at all</title></item>")
    assert site.poll() == [FEED]
    assert site.outcome() == "feed, no usable link in its 2 entries"
    site.items = (item(""),)
    assert site.poll() == [FEED]
    assert site.outcome() == "feed, no usable link in its 1 entry"
    site.items = ()
    assert site.poll() == [FEED]
    assert site.outcome() == "feed, 0 new links"
    site.items = (item(LINK), item(""))
    assert site.poll() == [FEED, LINK]
    assert site.outcome() == "feed, 1 new link"
