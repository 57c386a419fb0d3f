"""A round of fetching: many hosts at once in one process, as long as anything is due or under way.

    claim what is due ──→ fetch, in threads ──→ extract ──→ store all that came, at once ──→ derive ──→ claim …

Only requests are made in threads; everything else is done by the task itself, which alone has signals, and a database that
likes one writer. A host that drips holds a thread. Each piece of work is claimed, stored and ended as if it were alone: its
attempt is committed before it starts, and it is given back alone. As long as a round lasts it also does what the clock asks
for, since it may be the only process that is free.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from queue import Empty, SimpleQueue
from time import monotonic

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from meeruit.tasks.captures import BATCH_BYTES, Capture
from meeruit.tasks.references import Fetch
from meeruit.tasks.store import derive_runs, runs
from meeruit.tasks.store.tables import WorkKind
from meeruit.tasks.store.transaction import read_only, transaction
from meeruit.tasks.store.validators import LastAnswer, load_validators
from meeruit.tasks.times import now
from meeruit.tasks.web.answer import Validators
from meeruit.tasks.work import fetch_claims, fetching, following, ledger, telling
from meeruit.tasks.work.fetching import FETCH_SECONDS, Visited
from meeruit.tasks.work.following import Following, send_all
from meeruit.tasks.work.process import HOLD_SECONDS, delay_of, extract_one, put_back
from meeruit.tasks.work.storing import Bodies, new_bodies, store_together
from meeruit.tasks.work.tools import Tools

log = logging.getLogger("meeruit")

#: Pieces under way at once; those of them that are no polls, so that links and single addresses hold up no list; threads.
#: So many as there are threads are claimed at once: what begins in the same second is for all processes.
ROOM, OTHERS, THREADS = 96, 12, 32
#: A round claims nothing more after so many seconds; what it has begun by then ends within the hard limit of its task.
CLAIM_SECONDS = 40.0
#: Seconds between two looks at what is due while nothing comes.
_LOOK = 0.2
#: Seconds after which what was extracted is stored, though more has come.
_EXTRACT_SECONDS = 0.3


@dataclass(slots=True)
class _Landed:
    """A piece whose requests have been made."""

    held: ledger.Claim
    visited: Visited
    captures: list[Capture] = field(default_factory=list)

    @property
    def waits(self) -> tuple[tuple[float, str], list[Fetch]] | None:
        """Why and until when all of it has to wait; None where there is something to be stored."""
        waits = self.visited.waits()
        return next(iter(waits.items())) if not self.captures and len(waits) == 1 else None


def fetch_due(tools: Tools, message: str, tick: Callable[[], object], began: float | None = None) -> None:
    """Fetch what is due, unless enough other processes do.

    ``tick`` is called again and again, to look what becomes due; ``began``: when the task did (monotonic), if not now.
    """
    ends = (began or monotonic()) + CLAIM_SECONDS
    # whoever had the last seat looks again after leaving it: nothing that was sent meanwhile is overlooked
    while (left := read_only(tools.engine, lambda db: fetch_claims.next_fetch(db, now()))) is not None:
        if monotonic() > ends or tools.seats.closed:
            tools.send(left, WorkKind.FETCH, 0)
            return
        if not tools.seats.take():
            return
        if not tools.seats.first and not read_only(
            tools.engine, lambda db: fetch_claims.many_fetches(db, now(), THREADS)
        ):
            tools.seats.leave()  # one round does it, with fewer transactions than two
            return
        round_ = _Round(tools, ledger.holder_of(tools.process_name, message), tick, ends)
        try:
            round_.run()
        except Exception as exc:
            round_.give_up(f"unexpected {type(exc).__name__}: {exc}".split("\n", 1)[0])
            raise
        finally:
            tools.seats.leave()


class _Round:
    """What one task has under way."""

    def __init__(self, tools: Tools, holder: str, tick: Callable[[], object], ends: float) -> None:
        self._tools, self._holder, self._tick = tools, holder, tick
        self._ends = ends
        self._last_request = ends - CLAIM_SECONDS + FETCH_SECONDS
        #: What is under way, and since when; of it what is no poll.
        self._held: dict[int, ledger.Claim] = {}
        self._began: dict[int, float] = {}
        self._others: set[int] = set()
        self._came: SimpleQueue[tuple[ledger.Claim, Future[Visited]]] = SimpleQueue()

    def run(self) -> None:
        """Go on until nothing is due and nothing under way, or the time is up."""
        landed: list[_Landed] = []
        with ThreadPoolExecutor(THREADS) as self._threads:
            while True:
                if self._is_open():
                    self._look_what_is_due()
                    self._claim(min(THREADS, ROOM - len(self._held) + len(landed)))
                if landed:  # while others are under way
                    self._end(landed)
                if not self._held:
                    return
                landed = self._landed()

    def give_up(self, reason: str) -> None:
        """Give back all that is under way."""
        self._give_back(list(self._held.values()), reason)

    def _is_open(self) -> bool:
        """Whether something new may begin; where not, another process may have the seat."""
        if monotonic() < self._ends and not self._tools.seats.closed:
            return True
        if self._tools.seats.leave():
            left = read_only(self._tools.engine, lambda db: fetch_claims.next_fetch(db, now()))
            if left is not None:
                self._tools.send(left, WorkKind.FETCH, 0)
        return False

    def _look_what_is_due(self) -> None:
        try:
            self._tick()
        except DBAPIError as exc:  # the clock's own message says more, and the next look is soon
            log.warning("no poll begins: %s", str(exc.orig or exc).split("\n", 1)[0])

    def _claim(self, polls: int) -> None:
        tools, at = self._tools, now()
        others = OTHERS - len(self._others)
        if (
            polls <= 0
            or self._came.qsize() > THREADS
            or read_only(tools.engine, lambda db: fetch_claims.next_fetch(db, at)) is None
        ):
            return
        # a power cut that undoes it makes the work one that was not begun, which it is then
        claims, rest = transaction(
            tools.engine,
            lambda db: fetch_claims.claim_fetches(db, self._holder, at, polls, others),
            waits_for_disk=False,
        )
        self._others |= {held.id for held in rest}
        claims += rest
        self._held |= {held.id: held for held in claims}
        self._began |= dict.fromkeys((held.id for held in claims), monotonic())
        tools.reached("claimed")
        addresses = [page.url for held in claims for page in held.pages if isinstance(page, Fetch)]
        kept = read_only(tools.engine, lambda db: load_validators(db, addresses))
        for held in claims:
            self._send(held, kept)

    def _send(self, held: ledger.Claim, kept: dict[str, LastAnswer]) -> None:
        pages = [page for page in held.pages if isinstance(page, Fetch)]
        its = {page.url: kept[page.url] for page in pages if page.url in kept}
        visit = self._tools.visit
        future = self._threads.submit(fetching.visit_all, visit, pages, delay_of(held), its, self._last_request)
        future.add_done_callback(lambda done: self._came.put((held, done)))

    def _landed(self) -> list[_Landed]:
        """What has come, extracted; the first of it is waited for, for a moment."""
        landed: list[_Landed] = []
        size, wait, ends = 0, True, monotonic() + _LOOK + _EXTRACT_SECONDS
        while size < BATCH_BYTES and monotonic() < ends:
            try:
                held, future = self._came.get(block=wait, timeout=_LOOK)
            except Empty:
                break
            wait = False
            try:
                one = _Landed(held, future.result())
            except Exception as exc:
                log.exception("a request ended in an error of our own work=%s", held.id)
                self._give_back([held], f"unexpected {type(exc).__name__}: {exc}")
                continue
            self._tools.reached("fetched")
            one.captures = [extract_one(raw, held.terms) for raw in one.visited.pages]
            size += sum(len(raw.body or b"") for raw in one.visited.pages)
            landed.append(one)
        return landed

    def _end(self, landed: Sequence[_Landed]) -> None:
        """Store what has come, in one transaction for all of it, and derive what hangs on it."""
        tools = self._tools
        tools.reached("extracted")
        try:
            follows, done = self._store(landed)
        except DBAPIError as exc:
            self._give_back([one.held for one in landed], exc)
            return
        tools.reached("after commit")
        send_all(tools.send, follows)
        try:
            derive_runs.derive_together(
                tools.engine, sorted({one.held.run_id for one in landed if done.get(one.held.id)})
            )
        except DBAPIError as exc:  # all is stored; a sweep derives it
            log.warning("not derived yet: %s", str(exc.orig or exc).split("\n", 1)[0])
        tools.reached("before ack")
        telling.tell(tools, done, self._began)
        self._forget([one.held for one in landed])

    def _store(self, landed: Sequence[_Landed]) -> tuple[list[Following], dict[int, bool]]:
        """Returns the work that follows, and of each piece that was still ours whether it is done."""
        tools = self._tools
        bodies: Bodies = {}
        for one in landed:
            bodies |= new_bodies(one.captures, one.held.terms.keep)

        def work(db: Connection) -> tuple[list[Following], dict[int, bool]]:
            tools.reached("before merge")
            at, follows = now(), []
            ours = fetch_claims.still_held(db, [one.held for one in landed])
            done: dict[int, bool] = {}
            parts: list[tuple[ledger.Claim, Sequence[Capture]]] = []
            given: dict[str, Validators | None] = {}
            for one in landed:
                held = one.held
                if held.id not in ours:
                    continue
                if one.waits is not None:
                    (seconds, reason), pages = one.waits
                    ledger.put_off(db, held, at + timedelta(seconds=seconds), reason, pages)
                    follows.append(Following(held.id, held.kind, seconds))
                    done[held.id] = False
                    continue
                captures, new = following.follow(db, held, one.captures, one.visited, at)
                follows += new
                given |= one.visited.validators
                parts.append((held, captures))
                done[held.id] = True
            ended = store_together(db, parts, bodies, tools.reached)
            fetching.keep_validators(db, [capture for _, captures in parts for capture in captures], given)
            fresh = {held.terms.source for (held, _), (counts, _) in zip(parts, ended, strict=True) if counts.items_new}
            for source in sorted(name for name in fresh if name is not None):
                runs.set_last_new(db, source, at)
            fetch_claims.finish_all(db, [(held, *its) for (held, _), its in zip(parts, ended, strict=True)])
            tools.reached("before commit")
            return follows, done

        return transaction(tools.engine, work)

    def _give_back(self, claims: Sequence[ledger.Claim], fault: DBAPIError | str) -> None:
        """Something kept these from being done: each is tried alone, later."""
        ends = monotonic() + HOLD_SECONDS / 2
        for held in claims:
            put_back(self._tools, held, fault, ends)
        self._forget(claims)

    def _forget(self, claims: Sequence[ledger.Claim]) -> None:
        for held in claims:
            del self._held[held.id], self._began[held.id]
            self._others.discard(held.id)
