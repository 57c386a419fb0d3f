"""What can go wrong with a page or a setting, and what follows from it.

    MeeruitError
    ├── UsageError        the command or a setting is wrong: exit 2, nothing was done
    ├── PageError         this page cannot be read; the others go on
    │   ├── Unreadable    final: quarantined at once
    │   │   └── RefusedAddress  no address to go to, or one of a private host
    │   └── TryAgain      may come back: tried again, then quarantined
    ├── Wait              not this page's turn yet: nothing failed, no attempt is spent
    └── LedgerError       the database or the broker does not do its part

Every message is one line that says what, where, and what to do.
"""

from __future__ import annotations

#: Where the address that was asked sent us elsewhere, and that one failed, a message ends with this, it, and a bracket.
REDIRECTED = " (redirected to "


class MeeruitError(Exception):
    """Something that a person can understand and act on; never shown with a traceback."""


class UsageError(MeeruitError):
    """The command line, a setting or a file of settings is wrong."""


class PageError(MeeruitError):
    """One page cannot be used; its neighbours can."""


class Unreadable(PageError):
    """What stands here is no page that can be read, now or later."""


class RefusedAddress(Unreadable):
    """An address that may not or cannot be fetched."""


class TryAgain(PageError):
    """The page may come back: a timeout, a refused connection, HTTP 429 or 5xx."""

    def __init__(self, *args: object, retry_after: float | None = None) -> None:
        super().__init__(*args)
        #: Seconds that the site asks us to stay away, 0 to 3600, or None where it says nothing.
        self.retry_after = retry_after


class Wait(MeeruitError):
    """It is not this page's turn yet: ask again later."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        #: Not before so many seconds from now; for ``not_before`` in the ledger.
        self.seconds = seconds

    def __str__(self) -> str:
        return f"its turn comes in {self.seconds:.1f} s"


class LedgerError(MeeruitError):
    """The database or the broker did not do its part; nothing stored is lost."""
