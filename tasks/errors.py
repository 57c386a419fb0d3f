"""What can go wrong with a page or a setting, and what follows from it.

    MeeruitError
    ├── UsageError        the command or a setting is wrong: exit 2, nothing was done
    ├── PageError         this page cannot be read; the others go on
    │   ├── Unreadable    final: quarantined at once
    │   └── TryAgain      may come back: tried again, then quarantined
    └── LedgerError       the database or the broker does not do its part

Every message is one line that says what, where, and what to do.
"""

from __future__ import annotations


class MeeruitError(Exception):
    """Something that a person can understand and act on; never shown with a traceback."""


class UsageError(MeeruitError):
    """The command line, a setting or a file of settings is wrong."""


class PageError(MeeruitError):
    """One page cannot be used; its neighbours can."""


class Unreadable(PageError):
    """What stands here is no page that can be read, now or later."""


class TryAgain(PageError):
    """The page may come back: a timeout, a refused connection, HTTP 429 or 5xx."""


class LedgerError(MeeruitError):
    """The database or the broker did not do its part; nothing stored is lost."""
