"""The addresses of the broker and the database: read once, for all who connect, and shown without their secrets.

An address that cannot work is refused here, in one line that repeats nothing of it: what looks like a port may be the
half of a password.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

_SCHEMES = ("redis", "rediss", "redis+socket")
#: What the query of a broker's address may say, by redis-py's names.
_TLS = ("ssl_cert_reqs", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_check_hostname")
_QUERY = ("db", "virtual_host", "username", "password")
_ENCODE = "percent-encode / # ? @ : and % in the password (/ is %2F, # is %23, ? is %3F, @ is %40)"
_SECRET = re.compile(r"([?&;\s][^=&;\s]*(?:pass|pwd|secret|token)[^=&;\s]*=)[^&;\s]*", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}(%[A-Za-z0-9]{1,16})?\]")


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker's address, taken apart."""

    scheme: str
    #: None for a Unix socket.
    host: str | None
    port: int
    #: The socket's file; empty for TCP.
    path: str
    database: int
    username: str
    password: str
    #: ``ssl_…`` options, of ``rediss`` only; the certificate is verified unless they say otherwise.
    tls: tuple[tuple[str, str], ...] = ()

    @property
    def celery_url(self) -> str:
        """The address as Celery spells it."""
        if self.host is None:
            database = f"?virtual_host={self.database}" if self.database else ""
            return f"redis+socket://{self._userinfo}{quote(self.path)}{database}"
        return self._tcp

    @property
    def redis_url(self) -> str:
        """The address as redis-py spells it."""
        if self.host is None:
            return f"unix://{self._userinfo}{quote(self.path)}?db={self.database}"
        return self._tcp

    @property
    def _tcp(self) -> str:
        query = f"?{urlencode(self.tls)}" if self.tls else ""
        return f"{self.scheme}://{self._userinfo}{self.host}:{self.port}/{self.database}{query}"

    @property
    def _userinfo(self) -> str:
        if not self.password and not self.username:
            return ""
        return f"{quote(self.username, safe='')}:{quote(self.password, safe='')}@"


def read_broker(text: str) -> Broker:
    """Read a broker's address; raises ValueError, one line without anything secret, for one that cannot work."""
    scheme, colon, _ = text.partition("://")
    if not colon or scheme not in _SCHEMES:
        raise ValueError("is no Redis address; say redis://:PASSWORD@HOST:6379/0, or rediss://... with TLS")
    if not text.isprintable() or " " in text:
        raise ValueError("holds a space or a control character")
    try:
        parts = urlsplit(text)
        port = parts.port if parts.port is not None else 6379
    except ValueError:
        raise ValueError(f"names no port that can be used; {_ENCODE}") from None
    said = dict(parse_qsl(parts.query, keep_blank_values=True))
    _check_query(scheme, said, fragment="#" in text)
    userinfo, _, place = parts.netloc.rpartition("@")
    name, _, word = userinfo.partition(":")
    socket = scheme == "redis+socket"
    number = said.get("virtual_host") or said.get("db") or ("" if socket else parts.path.strip("/")) or "0"
    if not re.fullmatch(r"[0-9]{1,5}", number):
        raise ValueError(f"names no database by its number (redis://HOST:6379/0); {_ENCODE}")
    return Broker(
        scheme=scheme,
        host=None if socket else _host(place, port),
        port=0 if socket else port,
        path=_socket_path(place, parts.path) if socket else "",
        database=int(number),
        username=said.get("username") or unquote(name),
        password=said.get("password") or unquote(word),
        tls=_tls(said) if scheme == "rediss" else (),
    )


def _check_query(scheme: str, said: dict[str, str], *, fragment: bool) -> None:
    """Raise ValueError for what an address of this kind does not say."""
    if fragment:
        raise ValueError(f"holds a #; {_ENCODE}")
    known = (*_TLS, *_QUERY) if scheme == "rediss" else _QUERY
    if any(key not in known for key in said):
        other = "; ssl_... options need rediss://" if any(key in _TLS for key in said) else ""
        raise ValueError(f"has options that are not known ({', '.join(known)} are){other}; {_ENCODE}")


def _host(place: str, port: int) -> str:
    host = re.sub(r":[0-9]*$", "", place)
    if not host:
        raise ValueError("names no host; say redis://:PASSWORD@HOST:6379/0")
    if not _HOST.fullmatch(host):
        raise ValueError(f"names no host that can be; {_ENCODE}")
    if not 1 <= port <= 65535:
        raise ValueError("names no port that can be used; it lies between 1 and 65535")
    return host


def _socket_path(place: str, path: str) -> str:
    if place or len(path) < 2:
        raise ValueError("names no socket by its whole path; say redis+socket:///run/valkey.sock")
    return unquote(path)


def _tls(said: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """The options of TLS, normal: the certificate is required where nobody says otherwise."""
    options = {key: said[key] for key in _TLS if said.get(key)}
    required = options.get("ssl_cert_reqs", "required").lower().removeprefix("cert_")
    if required not in {"required", "optional", "none"}:
        raise ValueError("says ssl_cert_reqs=; required, optional and none are known")
    options["ssl_cert_reqs"] = required
    if required == "none":  # then there is no name to check
        options["ssl_check_hostname"] = "false"
    return tuple(sorted(options.items()))


def read_database(text: str) -> URL:
    """Read a database address, with its driver; raises ValueError, one line without anything secret."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise ValueError("is no database address; say sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME") from None
    except ValueError:
        raise ValueError(f"names no port that can be used; {_ENCODE}") from None
    if url.drivername in {"postgres", "postgresql"}:
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in {"sqlite", "postgresql+psycopg"}:
        raise ValueError(f"names {url.drivername}; SQLite (sqlite:///FILE) and PostgreSQL (postgresql://...) are known")
    if url.drivername == "sqlite" and (url.host or url.username):
        raise ValueError("names a host; say sqlite:///FILE, with three slashes, or four for a whole path")
    if url.drivername == "sqlite" and not url.database:
        raise ValueError("names no file; say sqlite:///FILE")
    if "@" in (url.host or "") or ("@" in (url.database or "") and url.drivername != "sqlite"):
        raise ValueError(f"names no host that can be; {_ENCODE}")
    if url.port is not None and not 1 <= url.port <= 65535:
        raise ValueError("names no port that can be used; it lies between 1 and 65535")
    return url


def session_options(url: URL, settings: Mapping[str, str]) -> str:
    """What libpq sends as options: those of the address (``options=-csearch_path=mine``), then ours, which hold."""
    own = url.query.get("options", "")
    said = [own] if isinstance(own, str) else list(own)
    return " ".join([*filter(None, said), *(f"-c {name}={value}" for name, value in settings.items())])


def display_url(address: str) -> str:
    """Any address without what is secret in it, for people: of an SQLite database its file alone.

    Made for addresses that are wrong, too: all between the first colon of the authority and the last ``@`` is hidden.
    """
    if address.startswith("sqlite:///"):
        return make_url(address).database or ""
    scheme, colon, rest = address.partition("://")
    userinfo, at, place = rest.rpartition("@")
    if at:
        name, secret, _ = userinfo.partition(":")
        rest = f"{name}{':***' if secret else ''}@{place}"
    return _SECRET.sub(r"\1***", f"{scheme}{colon}{rest}")
