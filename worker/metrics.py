"""Metrics for Prometheus, all derived from the ledger and the broker's queues at the moment of the question."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from meeruit.tasks.errors import LedgerError, UsageError
from meeruit.tasks.report import totals
from meeruit.tasks.report.sources import lateness, source_states
from meeruit.tasks.report.status import work_state
from meeruit.tasks.report.waits import oldest_due
from meeruit.tasks.store import hooks
from meeruit.tasks.store.transaction import read_only
from meeruit.tasks.times import now
from meeruit.worker.app import App
from meeruit.worker.schedule import never_polled, sources_of
from meeruit.worker.sources import read_webhooks


class Ledger(Collector):
    """What the ledger and the broker say. A part that does not answer has its ``up`` at 0, and says nothing else."""

    def __init__(self, app: App, engine: Engine) -> None:
        self._app = app
        self._engine = engine
        self._totals = totals.Totals()

    def collect(self) -> Iterator[Metric]:
        """Every metric, as it is now."""
        up = GaugeMetricFamily("meeruit_up", "Whether a part answers.", labels=["part"])
        try:
            found = read_only(self._engine, lambda db: list(self._stored(db, now())), patience=0)
        except SQLAlchemyError:
            found = []
        up.add_metric(["database"], bool(found))
        try:
            lengths = self._app.queue_lengths()
        except LedgerError:
            lengths = {}
        up.add_metric(["broker"], bool(lengths))
        waiting = GaugeMetricFamily("meeruit_queue_messages", "Messages that wait in a queue.", labels=["queue"])
        for queue, length in lengths.items():
            waiting.add_metric([queue], length)
        yield from (up, waiting, *found)

    def _stored(self, db: Connection, at: datetime) -> Iterator[Metric]:
        yield from _work(db, at)
        yield from self._counters(db)
        yield from self._sources(db, at)
        yield from self._webhooks(db)
        failed = GaugeMetricFamily("meeruit_failures_open", "Addresses that fail.", labels=["kind", "reason"])
        for (kind, reason), number in totals.open_by_reason(db).items():
            failed.add_metric([kind, reason], number)
        yield failed
        yield GaugeMetricFamily("meeruit_gaps", "Where something may have been missed.", value=totals.gaps(db))

    def _counters(self, db: Connection) -> Iterator[Metric]:
        pages = CounterMetricFamily("meeruit_pages", "Pages of runs that ended.", labels=["source", "outcome"])
        items = CounterMetricFamily("meeruit_items", "Items on pages of runs that ended.", labels=["source", "outcome"])
        ended = CounterMetricFamily("meeruit_runs", "Polls and ingests that ended.", labels=["source"])
        for source, counts in sorted(self._totals.look(db).items()):
            for outcome in ("done", "failed", "known"):
                pages.add_metric([source, outcome], counts[f"pages_{outcome}"])
            for outcome in ("new", "seen", "rejected"):
                items.add_metric([source, outcome], counts[f"items_{outcome}"])
            ended.add_metric([source], counts["runs"])
        yield from (pages, items, ended)

    def _webhooks(self, db: Connection) -> Iterator[Metric]:
        behind = GaugeMetricFamily(
            "meeruit_webhook_events_behind", "Events that it was not told yet.", labels=["webhook"]
        )
        failed = GaugeMetricFamily(
            "meeruit_webhook_failed", "Times in a row that it took no event.", labels=["webhook"]
        )
        aside = GaugeMetricFamily("meeruit_webhook_set_aside", "Events that it refused for good.", labels=["webhook"])
        gone = GaugeMetricFamily("meeruit_webhook_gone", "Whether it said that it is gone.", labels=["webhook"])
        try:
            named = {hook.name for hook in read_webhooks(self._app.settings.sources)}
        except UsageError:  # the checks say so
            named = set()
        for state in hooks.states(db):
            if state["name"] in named:
                for metric, key in ((behind, "waiting"), (failed, "failed"), (aside, "set_aside"), (gone, "gone")):
                    metric.add_metric([state["name"]], state[key])
        yield from (behind, failed, aside, gone)

    def _sources(self, db: Connection, at: datetime) -> Iterator[Metric]:
        late = GaugeMetricFamily("meeruit_source_late_seconds", "How long a poll is overdue.", labels=["source"])
        failed = GaugeMetricFamily("meeruit_source_failed_polls", "Polls that failed in a row.", labels=["source"])
        silent = GaugeMetricFamily(
            "meeruit_source_no_list_seconds",
            "For how long a page of it has held no list; 0: it does.",
            labels=["source"],
        )
        new = GaugeMetricFamily(
            "meeruit_source_last_new_timestamp_seconds", "When it last showed a new item.", labels=["source"]
        )
        states = source_states(db)
        file = self._app.settings.sources
        try:
            polled = [source.name for source in sources_of(file)]
        except UsageError:  # what was right before goes on, and the checks say so
            polled = list(states)
        never = never_polled(file, polled, states, at)
        for name in polled:
            if name in never:
                late.add_metric([name], never[name].total_seconds())
            elif name in states:
                state = states[name]
                since = state["no_list_since"]
                late.add_metric([name], lateness(state, at).total_seconds())
                failed.add_metric([name], state["failed_polls"])
                silent.add_metric([name], (at - since).total_seconds() if since else 0)
                if state["last_new_at"]:
                    new.add_metric([name], state["last_new_at"].timestamp())
        yield from (late, failed, silent, new)


def _work(db: Connection, at: datetime) -> Iterator[Metric]:
    pieces = GaugeMetricFamily("meeruit_work_pieces", "Pieces of work that have not ended.", labels=["state"])
    state = work_state(db, at)
    for name in ("pending", "waiting", "running", "stuck"):
        pieces.add_metric([name], state[name])
    yield pieces
    yield GaugeMetricFamily("meeruit_work_pages", "Pages that have not ended.", value=state["pages"])
    oldest = GaugeMetricFamily(
        "meeruit_work_oldest_due_seconds", "Age of the oldest work that is due.", labels=["kind"]
    )
    for kind, since in oldest_due(db, at).items():
        oldest.add_metric([kind], (at - since).total_seconds())
    yield oldest
