"""Templates, and how values are shown in them. Everything is escaped: nothing that was stored is ever markup.

What a browser would obey beside markup is shown as its number: control and direction characters.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined

from meeruit.tasks.report.overlap_stats import as_every
from meeruit.tasks.report.reasons import duration
from meeruit.tasks.times import iso, now

#: Characters of a digest in an address; more than enough to name an item.
DIGITS = 16
#: Control characters, directions, line ends that are none in HTML, halves of characters.
_OBEYED = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufff9-\ufffb]"
)


def environment() -> Environment:
    """The templates of this package."""
    made = Environment(
        loader=PackageLoader("meeruit.worker.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "plain": plain,
        "short": short,
        "iso": iso,
        "clock": clock,
        "moment": moment,
        "day": day,
        "span": span,
        "ago": ago,
        "host": host,
        "number": number,
        "digits": lambda digest: digest[:DIGITS],
        "duration": duration,
        "length_of": lambda seconds: duration(timedelta(seconds=seconds)),
        "every": lambda seconds: as_every(timedelta(seconds=seconds)),
    }
    made.globals |= {"link": link, "static": static_address, "now": now}
    return made


def plain(value: object) -> str:
    """A text without anything that a browser would obey; line ends are kept."""
    return _OBEYED.sub(lambda match: f"\\u{{{ord(match[0]):x}}}", str(value))


def short(value: object, most: int = 280) -> str:
    """The beginning of a text, cut between words."""
    text = plain(value)
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[most // 2 :] else cut) + "…"


def link(address: object) -> str | None:
    """An address that may be followed; None for any other: only the web, without a password."""
    text = str(address or "")
    try:
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and parts.hostname and parts.username is None
    except ValueError:
        return None
    return text if good and text.isprintable() and " " not in text else None


def host(address: object) -> str:
    """The host of an address on the web, without ``www.``; else the address itself."""
    try:
        name = urlsplit(str(address)).hostname
    except ValueError:
        name = None
    return plain(name.removeprefix("www.")) if name else short(address, 60)


def clock(time: datetime) -> str:
    """``14:05``."""
    return f"{time:%H:%M}"


def moment(time: datetime | None) -> str:
    """``2 Mar 2026, 14:05``; seconds where they are not none."""
    if time is None:
        return "unknown"
    return f"{time.day} {time:%b %Y}, {time:%H:%M:%S}" if time.second else f"{time.day} {time:%b %Y}, {time:%H:%M}"


def day(of: date | datetime) -> str:
    """``Monday 2 March 2026``."""
    return f"{of:%A} {of.day} {of:%B %Y}"


def span(after: datetime, before: datetime) -> str:
    """A window for people: ``13:18 – 13:19``, with days where they differ, with seconds where they count."""
    if after == before:
        return moment(before)
    form = "%H:%M:%S" if after.second or before.second else "%H:%M"
    if after.date() == before.date():
        return f"{after.day} {after:%b %Y}, {after:{form}} – {before:{form}}"
    return f"{after.day} {after:%b %Y}, {after:{form}} – {before.day} {before:%b %Y}, {before:{form}}"


def ago(time: datetime | None, at: datetime | None = None) -> str:
    """``3 min ago``, or ``in 3 min``."""
    if time is None:
        return "never"
    passed = (at or now()) - time
    if abs(passed) < timedelta(seconds=1):
        return "now"
    return f"{duration(passed)} ago" if passed > timedelta() else f"in {duration(-passed)}"


def number(value: int) -> str:
    """``12 345``, with thin spaces that do not break."""
    return f"{value:,}".replace(",", "\u202f")


@cache
def static_address(name: str) -> str:
    """The address of a file that never changes under that address."""
    digest = hashlib.sha256(static_bytes(name)).hexdigest()[:12]
    return f"/static/{name}?{digest}"


@cache
def static_bytes(name: str) -> bytes:
    """A file of static/."""
    return (resources.files("meeruit.worker.web") / "static" / name).read_bytes()
