"""Addresses of pages: what may be fetched at all, in one normal form. Touches no network and resolves no name.

An address is judged and sent in the same form, so that robots.txt, the pace and the site all see one and the same.
Whether the host is a private one is decided at connect time, when the name is resolved.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote, urljoin, urlsplit

import idna

from meeruit.tasks.errors import RefusedAddress

#: Characters of an address, at most (RFC 9110 section 4.1 asks for 8,000 at least).
MAX_LENGTH = 8_000
#: Characters of an address that a line of words shows, at most.
_SHOWN = 200
_PORTS = {"http": 80, "https": 443}
#: What stands as it is in a path and in a query, as browsers send it; everything else is percent-encoded.
_PATH = "/:@!$&'()*+,;=-._~%[]|^"
_QUERY = _PATH + "?`{}"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ENCODED_NUL = re.compile("%00")
_STRAY_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_NAME = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
#: An IPv6 literal and its port; a zone (``%eth0``) is meant for this machine alone and has no place here.
_BRACKETS = re.compile(r"\[([0-9a-fA-F:.]+)\](?::[0-9]*)?")
_QUAD = re.compile(r"[0-9]+(\.[0-9]+){3}")


@dataclass(frozen=True, slots=True)
class Address:
    """An absolute http or https address in its normal form, without a fragment."""

    scheme: str
    #: In lower case, ASCII (IDNA), without a final dot; an IPv6 address without its brackets.
    host: str
    port: int
    #: Path and query, percent-encoded; starts with a slash.
    target: str

    @property
    def origin(self) -> str:
        """Scheme, host and port: what one robots.txt speaks for (RFC 9309 section 2.3)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" if self.port == _PORTS[self.scheme] else f"{self.scheme}://{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address."""
        return self.origin + self.target


def parse_address(text: str) -> Address:
    """Read an absolute address; raises RefusedAddress, in plain words, for one that may not or cannot be fetched."""
    text = _checked(text)
    try:
        parts = urlsplit(text)
        scheme, authority, port = parts.scheme, parts.netloc, parts.port
    except ValueError as exc:
        raise _refused(str(exc).lower()) from exc
    if scheme not in _PORTS:
        raise _refused(f"{scheme or 'no'} scheme; only http and https are fetched")
    if "@" in authority:
        raise _refused("it holds a user name or password")
    if port == 0:
        raise _refused("port 0")
    query = "?" + parts.query if "?" in text.partition("#")[0] else ""
    return Address(scheme, _host(authority), port or _PORTS[scheme], _path(parts.path) + _encoded(query, _QUERY))


def resolve(base: Address, reference: str) -> Address:
    """What ``reference`` (a Location header, a link) means at ``base``; raises RefusedAddress as parse_address does."""
    try:
        return parse_address(urljoin(base.url, _checked(reference)))
    except ValueError as exc:
        raise _refused(str(exc).lower()) from exc


def shortened(text: str) -> str:
    """An address, or what should be one, for the middle of a line of words."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _checked(text: str) -> str:
    """Check the text before urllib sees it: urllib silently drops tabs and line feeds."""
    if len(text) > MAX_LENGTH:
        raise _refused(f"longer than {MAX_LENGTH:,} characters")
    if _CONTROL.search(text) or _ENCODED_NUL.search(text):
        raise _refused("it holds a control character")
    return text.strip(" ")


def _host(authority: str) -> str:
    """The host of an authority, which holds no userinfo any more."""
    try:
        if literal := _BRACKETS.fullmatch(authority):
            return IPv6Address(literal[1]).compressed
        if authority.startswith("["):
            raise ValueError(authority)
        name = authority.partition(":")[0]
        name = (name if name.isascii() else idna.encode(name, uts46=True).decode()).lower().removesuffix(".")
        if "xn--" in name:
            idna.decode(name)
        if _QUAD.fullmatch(name):
            IPv4Address(name)
    except ValueError as exc:  # idna's own errors are ValueErrors
        raise _refused(f"no valid host: {exc}") from exc
    if not name:
        raise _refused("no host")
    if len(name) > 253 or not _NAME.fullmatch(name):
        raise _refused(f"no valid host: {name[:80]!r}")
    return name


def _path(path: str) -> str:
    """Percent-encoded, without dot segments (RFC 3986 section 5.2.4)."""
    kept: list[str] = []
    segments = _encoded(path or "/", _PATH).split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def _encoded(text: str, safe: str) -> str:
    try:
        return quote(_STRAY_PERCENT.sub("%25", text), safe=safe)
    except UnicodeEncodeError as exc:  # a lone surrogate
        raise _refused("it holds half a character") from exc


def _refused(why: str) -> RefusedAddress:
    return RefusedAddress(f"refused address: {why}")
