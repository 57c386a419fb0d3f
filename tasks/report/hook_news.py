"""How webhooks fare, told when it changes. Only reads."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from meeruit.tasks.report.listings import Row
from meeruit.tasks.store import hooks


class HookNews:
    """Remembers what was told of each webhook: nothing while it takes its events."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}

    def news(self, db: Connection, named: Collection[str]) -> list[str]:
        """A line for each of these that began to fail since the last look, fails otherwise, or takes its events again."""
        if not named:
            return []
        states = (state for state in hooks.states(db) if state["name"] in named)
        now = {state["name"]: said for state in states if (said := _trouble(state))}
        fresh = [f"webhook {name}: {said}" for name, said in now.items() if self._told.get(name) != said]
        well = [f"webhook {name}: takes its events again" for name in self._told.keys() - now.keys()]
        self._told = now
        return [*fresh, *sorted(well)]


def _trouble(state: Row) -> str | None:
    if state["gone"]:
        return "it is gone (HTTP 410); nothing more is sent there"
    return f"{state['reason']}; tried again and again" if state["failed"] else None
