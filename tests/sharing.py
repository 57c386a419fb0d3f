"""Which tests one process runs, one after another, where several processes share the tests."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

#: Files whose tests keep to the clock and wait most of their time.
PACED = (
    "tests/live/test_polling.py",
    "tests/live/test_health.py",
    "tests/web/test_pace.py",
    "tests/web/test_crowd.py",
    "tests/web/test_hostile.py",
)
#: Live tests that wait most of their time, too, for what a dead part costs, or for a source's next turn.
WAITING = (
    "tests/live/test_checks.py",
    "tests/live/test_waits.py",
    "tests/live/test_telling.py",
    "tests/live/test_front_page.py",
    "tests/live/test_secure_servers.py",
    "tests/live/test_outage.py",
)
#: Live tests that keep both cores busy: what many captures leave, and what is left when parts die.
BUSY = (
    "tests/live/test_any_order.py",
    "tests/live/test_deaths.py",
    "tests/live/test_resumed.py",
    "tests/live/test_stream.py",
)
#: A folder or a file and the group of its tests. The first that fits holds; a test in none goes to whoever is free.
_GROUPS = (
    *((file, "paced") for file in PACED),
    *((file, "waiting") for file in WAITING),
    *((file, "busy") for file in BUSY),
    ("tests/live/", "live"),
    ("tests/faults/", "faults"),
    ("tests/page/test_live.py", "coming in"),  # a database of its own
    ("tests/page/", "page"),  # its databases and its browser are made once
    ("tests/test_replay.py", "replay"),  # its databases are filled once
    ("tests/test_listings.py", "listings"),  # and so are these
    ("tests/test_indexes.py", "indexes"),  # and these
    ("tests/test_data_page.py", "data page"),  # its day is made up once
    ("tests/test_package.py", "package"),  # it is built once
    ("tests/test_rooms.py", "rooms"),  # each file of ours is parsed once
)


def group_of(nodeid: str) -> str:
    """The group that a test belongs to, or the test itself."""
    return next((group for place, group in _GROUPS if nodeid.startswith(place)), nodeid)


class Sharing(LoadScopeScheduling):  # type: ignore[misc] # it says nothing of its types
    """Hands out whole groups, the largest first. (``--dist loadgroup`` of pytest-xdist 3.8 does not work on pytest 9.2.)"""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
