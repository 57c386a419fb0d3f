"""The stack as a user has it: a checkout of its own, an env file, ``docker compose``. Knows no test."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
#: Where the made-up site listens, in its container.
SITE_PORT = 8000


def missing() -> str | None:
    """Why there is no engine to try the stack on, or None."""
    for command in (["docker", "info"], ["docker", "compose", "version"]):
        if shutil.which("docker") is None:
            return "there is no docker command"
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        if found.returncode != 0:
            return f"{' '.join(command)}: {found.stderr.strip().splitlines()[-1]}"
    return None


@dataclass
class Stack:
    """One project of docker compose in a folder."""

    folder: Path
    project: str
    #: What was measured, to be printed in the end.
    figures: list[str] = field(default_factory=list)

    @property
    def image(self) -> str:
        """The image that this stack builds."""
        return f"{self.project}-image"

    @property
    def site(self) -> str:
        """The name of the container that plays a news site."""
        return f"{self.project}-site"

    @property
    def env(self) -> dict[str, str]:
        """The environment of its commands: where a person would say ``meeruit``, the project of this test."""
        return os.environ | {"COMPOSE_PROJECT_NAME": self.project, "COMPOSE_ANSI": "never"}

    def check_out(self) -> None:
        """Copy what a clone would hold."""
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, check=True,
        ).stdout.decode()  # fmt: skip
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).exists():
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, self.folder / name, follow_symlinks=False)

    def write_env(self, **more: str) -> None:
        """The env example, with passwords of its own, as it asks for."""
        example = (self.folder / ".env.example").read_text()
        filled = re.sub(r"^(\w+_PASSWORD)=.*$", lambda m: f"{m[1]}={secrets.token_hex(24)}", example, flags=re.M)
        for name, value in more.items():
            filled = re.sub(rf"^{name}=.*$", f"{name}={value}", filled, flags=re.M)
        (self.folder / ".env").write_text(filled)

    def __call__(self, *arguments: str, stdin: Any = subprocess.DEVNULL, check: bool = True) -> str:
        """``docker compose ARGUMENTS``; its standard output."""
        return self.run("docker", "compose", *arguments, stdin=stdin, check=check).stdout

    def run(
        self, *command: str, stdin: Any = subprocess.DEVNULL, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Any command in the folder; with ``check``, its failure is the test's."""
        done = subprocess.run(
            command, cwd=self.folder, env=self.env, stdin=stdin, capture_output=True, text=True, check=False
        )
        assert not check or done.returncode == 0, f"{' '.join(command)}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done

    def start(self, *arguments: str, stdin: Any = subprocess.DEVNULL) -> subprocess.Popen[str]:
        """``docker compose ARGUMENTS``, and go on."""
        return subprocess.Popen(
            ["docker", "compose", *arguments], cwd=self.folder, env=self.env, stdin=stdin,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def meeruit(self, *arguments: str) -> str:
        """``meeruit ARGUMENTS`` in a worker."""
        return self("exec", "-T", "worker", "meeruit", *arguments)

    def psql(self, query: str, check: bool = True) -> list[list[str]]:
        """The rows of a query, in the postgres container."""
        out = self("exec", "-T", "postgres", "psql", "-U", "meeruit", "-AtF", "\t", "-c", query, check=check)
        return [line.split("\t") for line in out.splitlines()]

    def containers(self, service: str) -> list[str]:
        """The ids of the running containers of a service."""
        return self("ps", "-q", service).split()

    def inspect(self, container: str) -> dict[str, Any]:
        """What the engine knows of a container."""
        found: list[dict[str, Any]] = json.loads(self.run("docker", "inspect", container).stdout)
        return found[0]

    def health(self, service: str) -> str:
        """The health of the first container of a service: healthy, unhealthy, starting."""
        return str(self.inspect(self.containers(service)[0])["State"]["Health"]["Status"])

    def signal_main(self, service: str, signal: str) -> None:
        """Send a signal to what the container's init started, not to init."""
        self("exec", "-T", service, "sh", "-c", f"kill -{signal} $(cat /proc/1/task/1/children)")

    def remove(self) -> None:
        """Leave nothing behind."""
        self.run("docker", "rm", "-f", self.site, check=False)
        self("down", "--volumes", "--remove-orphans", "--timeout", "2", check=False)
        self.run("docker", "image", "rm", "-f", self.image, check=False)


def until(condition: Callable[[], Any], seconds: float, what: str) -> float:
    """Wait until a condition holds; the seconds that it took."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, f"waited {seconds} s in vain: {what}"
        time.sleep(0.5)
    return time.monotonic() - started
