"""Waiting for new items: until PostgreSQL says that there are some, or a while. Reads nothing."""

from __future__ import annotations

import time

from psycopg import Connection, Error, connect
from psycopg.sql import SQL, Identifier
from sqlalchemy import Engine

from meeruit.tasks.store.outbox import CHANNEL

#: Seconds between two looks, whatever was heard; where nobody calls.
_LISTENING, _DEAF = 5.0, 1.0


class Waking:
    """A connection of its own that listens, where the database can call."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._schema: str | None = None

    def listen(self) -> None:
        """Listen from now on: called before a look, so that nothing is overlooked between the two."""
        if self._connection is not None or self._engine.dialect.name != "postgresql":
            return
        arguments, options = self._engine.dialect.create_connect_args(self._engine.url)
        try:
            self._connection = connect(*arguments, **options, autocommit=True)
            self._connection.execute(SQL("LISTEN {}").format(Identifier(CHANNEL)))
            (self._schema,) = self._connection.execute("SELECT current_schema()").fetchone() or (None,)
        except Error:  # it comes back
            self.close()

    def wait(self, most: float = _LISTENING) -> None:
        """Wait until somebody calls for our schema, or a while, ``most`` seconds at most."""
        if self._connection is None:
            time.sleep(min(most, _DEAF))
            return
        try:
            for call in self._connection.notifies(timeout=most):
                if call.payload == self._schema:
                    break
        except Error:
            self.close()

    def close(self) -> None:
        """Listen no more."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
