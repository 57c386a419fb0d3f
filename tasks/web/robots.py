"""What a site's robots.txt allows us, by RFC 9309. Pure, over protego; fetching and keeping it are for others.

2xx                         its rules (section 2.3.1.1)
4xx                         everything is allowed (2.3.1.3); but 429 asks for quiet, so it counts as a 5xx
5xx, no answer, 304, ...    nothing is allowed (2.3.1.4)
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from protego import Protego

#: Our product token (RFC 9309 section 2.2.1).
PRODUCT = "meeruit"
#: Bytes that are read, at most; section 2.5 asks for 500 KiB at least.
MAX_BYTES = 512 * 1024
#: Seconds between two requests that a Crawl-delay can ask for, at most: it is no standard, and no way to stop us.
MAX_DELAY = 60.0

_OTHER = "somebody-else"
_AGENT = re.compile(
    r"^[ \t]*user[- \t]?agent[ \t]*[: \t][ \t]*([a-z_-]+|\*(?=[ \t#]|$))?.*$", re.IGNORECASE | re.MULTILINE
)
#: Only CR and LF end a line (section 2.2); protego would end it at these as well.
_NO_LINE_END = str.maketrans(dict.fromkeys("\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", " "))


@dataclass(frozen=True, slots=True)
class Robots:
    """What one origin (scheme, host, port) lets us do."""

    #: None: everything is allowed, or nothing is, as ``unreachable`` says.
    _rules: Protego | None = None
    #: Why nobody can say what is allowed (``HTTP 503``), so that nothing is, for now; None otherwise.
    unreachable: str | None = None

    @classmethod
    def parse(cls, status: int, body: bytes = b"") -> Robots:
        """Read the answer to a request for /robots.txt that came after all redirects."""
        if 200 <= status <= 299:
            return cls(Protego.parse(_ours(body)))
        if 400 <= status <= 499 and status != 429:
            return cls()
        return cls(unreachable=f"HTTP {status}")

    def allows(self, url: str) -> bool:
        """Whether ``url``, an absolute address in its normal form, may be fetched."""
        if self.unreachable:
            return False
        return self._rules is None or bool(self._rules.can_fetch(url, PRODUCT))

    @property
    def delay(self) -> float:
        """Seconds between two requests that it asks for, within 0 and MAX_DELAY; 0 where it says nothing usable."""
        seconds = self._rules.crawl_delay(PRODUCT) if self._rules else None
        if seconds is None or not math.isfinite(seconds):
            return 0.0
        return min(max(float(seconds), 0.0), MAX_DELAY)


def _ours(body: bytes) -> str:
    """The text with every group named for us, for all, or for somebody else.

    A token is matched whole and without regard to case (section 2.2.1); protego alone takes ``mee`` for us. It also
    keeps a file that names 16,000 robots above 16,000 rules from becoming 256 million rules.
    """
    text = body[:MAX_BYTES].decode("utf-8", "replace").removeprefix("\ufeff").translate(_NO_LINE_END)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(body) > MAX_BYTES:  # half a rule is another rule
        text = text.rpartition("\n")[0]
    return _AGENT.sub(_group, text)


def _group(match: re.Match[str]) -> str:
    token = (match[1] or "").lower()
    return f"User-agent: {token if token in {PRODUCT, '*'} else _OTHER}"
