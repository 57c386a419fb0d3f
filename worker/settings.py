"""Settings: environment variables ``MEERUIT_*``, typed, read once, in this one place."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import URL, make_url

from meeruit.tasks.errors import UsageError
from meeruit.worker.connections import read_broker, read_database
from meeruit.worker.net.allowed import AllowedHosts, check_contact

PREFIX = "MEERUIT_"
#: Where items go when nobody says: a file in the current folder, which migrates itself.
DEFAULT_DATABASE = "sqlite:///meeruit.db"
#: Where the page of ``meeruit web`` is found.
DEFAULT_ADDRESS = ("127.0.0.1", 8600)
#: Characters of a token, at least.
SHORTEST_TOKEN = 16


def _database(value: object) -> str:
    return read_database(str(value)).render_as_string(hide_password=False)


def _broker(value: object) -> str | None:
    return read_broker(str(value)).celery_url if value else None


def _private_hosts(value: object) -> str:
    AllowedHosts(str(value))  # what it cannot read is said before a worker starts
    return str(value)


def _contact(value: object) -> str:
    return check_contact(str(value))


def _one_of(*known: str) -> BeforeValidator:
    def read(value: object) -> str:
        word = next((each for each in known if each.lower() == str(value).strip().lower()), None)
        if word is None:
            raise ValueError(f"is {str(value)[:40]!r}; it is one of {', '.join(known)}")
        return word

    return BeforeValidator(read)


def _host_and_port(value: object) -> tuple[str, int] | None:
    if not value:
        return None
    host, _, port = str(value).strip().rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 65_536:
        raise ValueError("is no host:port; say 127.0.0.1:9464, or the port that you want")
    return host.strip("[]") or "127.0.0.1", int(port)


def _page_address(value: object) -> tuple[str, int]:
    """Said in vain, as an ``.env`` file does, it is the default."""
    return _host_and_port(value) or DEFAULT_ADDRESS


def _token(value: object) -> str | None:
    """A token that nobody guesses; a fault repeats nothing of it."""
    if not value:
        return None
    token = str(value)
    if len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError(f"has at least {SHORTEST_TOKEN} characters, letters and digits; try: openssl rand -hex 24")
    return token


class _Environment(BaseSettings):
    """The variables, as pydantic reads them."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, case_sensitive=False)

    database_url: Annotated[str, BeforeValidator(_database)] = DEFAULT_DATABASE
    broker_url: Annotated[str | None, BeforeValidator(_broker)] = None
    sources: Path = Path("sources.toml")
    allow_private_hosts: Annotated[str, BeforeValidator(_private_hosts)] = ""
    contact: Annotated[str, BeforeValidator(_contact)] = ""
    log_level: Annotated[str, _one_of("DEBUG", "INFO", "WARNING", "ERROR")] = "INFO"
    log_format: Annotated[str, _one_of("text", "json")] = "text"
    metrics_address: Annotated[tuple[str, int] | None, BeforeValidator(_host_and_port)] = None
    web_address: Annotated[tuple[str, int], NoDecode, BeforeValidator(_page_address)] = Field(
        default=DEFAULT_ADDRESS, validate_default=False
    )
    web_token: Annotated[str | None, BeforeValidator(_token)] = None
    web_hosts: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says; read-only after the start."""

    #: An SQLAlchemy address with its driver; SQLite paths are absolute.
    database_url: str
    #: As Celery spells it, in its normal form. None: an embedded broker that lives as long as the command.
    broker_url: str | None
    #: The file that says what is polled.
    sources: Path
    #: Exceptions to the guard against private addresses, ``host[:port]`` parted by commas.
    allow_private_hosts: str
    #: An address or mailbox that the User-Agent names, so that a site can reach the operator.
    contact: str
    #: What is logged: events of this level and above; as ``text`` or ``json`` lines.
    log_level: str
    log_format: str
    #: Host and port at which beat, and ``up``, say how they are; None: nowhere.
    metrics_address: tuple[str, int] | None
    #: Host and port of the page.
    web_address: tuple[str, int]
    #: What whoever looks at the page must say; None: nothing.
    web_token: str | None
    #: Further names of the page, parted by commas, such as that of a proxy before it.
    web_hosts: str
    #: True where nobody named a database: that file migrates itself.
    database_is_default: bool

    @property
    def database(self) -> URL:
        """The database address, taken apart."""
        return make_url(self.database_url)

    @property
    def redis_url(self) -> str:
        """The broker's address as redis-py spells it; only where there is a broker."""
        return read_broker(str(self.broker_url)).redis_url


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment (or from ``environ``, for tests).

    Raises UsageError, one line, for an unknown variable or a value that cannot be used.
    """
    environ = os.environ if environ is None else environ
    values = {k.upper().removeprefix(PREFIX).lower(): v for k, v in environ.items() if k.upper().startswith(PREFIX)}
    known = list(_Environment.model_fields)
    for name in values:
        if name not in known:
            raise UsageError(f"{PREFIX}{name.upper()}: unknown setting; {_hint(name, known)}")
    try:
        read = _Environment.model_validate({k: v for k, v in values.items() if v != ""})
    except ValidationError as exc:
        fault = exc.errors(include_url=False, include_context=False)[0]
        name = f"{PREFIX}{str(fault['loc'][0]).upper()}"
        raise UsageError(f"{name} {fault['msg'].removeprefix('Value error, ')}") from None
    return Settings(
        database_url=_absolute(read.database_url),
        broker_url=read.broker_url,
        sources=read.sources.absolute(),
        allow_private_hosts=read.allow_private_hosts,
        contact=read.contact,
        log_level=read.log_level,
        log_format=read.log_format,
        metrics_address=read.metrics_address,
        web_address=read.web_address,
        web_token=read.web_token,
        web_hosts=read.web_hosts,
        database_is_default="database_url" not in read.model_fields_set,
    )


def _hint(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if near:
        return f"did you mean {PREFIX}{near[0].upper()}?"
    return "known are " + ", ".join(PREFIX + k.upper() for k in known)


def _absolute(database_url: str) -> str:
    """Give an SQLite file its whole path: worker processes may stand in another folder."""
    url = make_url(database_url)
    if url.drivername != "sqlite" or url.database is None or url.database == ":memory:":
        return database_url
    return url.set(database=str(Path(url.database).absolute())).render_as_string(hide_password=False)
