"""One pace per host, over all workers: two requests are a delay apart, however many processes make them.

Kept in Redis by one script, atomically, on the clock of the Redis server. A turn is held from before the request until
after its answer, and the delay counts from there: so the site itself never sees two requests closer than the delay,
however late a process wakes up or a connection comes about. The turn of a holder that died ends when somebody on its
machine asks next, as if its answer had come then; that of one on another machine after LEASE seconds.

If Redis forgets, everything gets slower, not faster: a host that it does not know waits its whole delay before its
first request, as if somebody had asked just now. Without Redis there is no turn at all. What robots.txt asks for beyond
our delay is forgotten too; until it has been read again, by the next request, our own delay holds.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic, sleep

from redis import Redis, RedisError

from meeruit.tasks.errors import Wait
from meeruit.tasks.web.redirects import Turn
from meeruit.worker.holders import has_died, this_process
from meeruit.worker.net.memory import PREFIX, broker_faults

#: Seconds that a process waits for a turn itself; for longer ones the work goes back to the ledger.
PATIENCE = 2.0
#: Seconds that a turn is held, at most; longer than the longest request (see ``net.guard``).
LEASE = 60.0
#: Seconds between two looks at a host whose turn somebody else holds: as long as it is held already, within these. So
#: hardly anybody waits in a process for a host that is slow.
_LOOK, _LONGEST_LOOK = 0.2, 10.0
#: Seconds for which a turn is kept for who comes first, beyond the time when it is due: to come back from the ledger.
_KEPT = 3.0
#: Seconds after which a host is forgotten; longer than any pause.
_LIFE = 86_400.0

#: Fields of a host: ``last`` request (begun or ended), ``until`` when nobody may ask, ``busy`` until when its turn is
#: held, by whose ``token`` (PROCESS/RANDOM), ``wanted`` until when the next turn is kept for who comes first. All in ms of
#: the server's clock, rounded so that it errs on the slow side. Gives the ms to wait, and the token of who holds it now.
_TAKE = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local delay, lease, look, life, token = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]
local first, keep, longest = ARGV[6] == '1', tonumber(ARGV[7]), tonumber(ARGV[8])
local host = redis.call('HMGET', KEYS[1], 'last', 'until', 'busy', 'token', 'wanted')
local last, pause, busy = tonumber(host[1] or ''), tonumber(host[2] or ''), tonumber(host[3] or '') or 0
local wanted = tonumber(host[5] or '') or 0
if busy > now and host[4] == token then return {0, ''} end
if not last or not pause or last > now + 1 then
  last, pause, busy = now, now + delay, math.min(busy, now + lease)
  redis.call('HSET', KEYS[1], 'last', last, 'until', pause, 'busy', busy)
  redis.call('PEXPIRE', KEYS[1], life)
end
local slot = math.max(last + delay, pause)
if busy > now then slot = math.max(slot, now + math.max(look, math.min(now - last, longest))) end
if first and slot > now then redis.call('HSET', KEYS[1], 'wanted', slot + keep) end
if not first and wanted > now and wanted <= slot + lease then slot = math.max(slot, now + look) end
if slot > now then return {slot - now, busy > now and host[4] or ''} end
if first then redis.call('HDEL', KEYS[1], 'wanted') end
redis.call('HSET', KEYS[1], 'last', now, 'until', now + delay, 'busy', now + lease, 'token', token)
redis.call('PEXPIRE', KEYS[1], life)
return {0, ''}
"""
_DONE = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000) + 1
local pause, life, token = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local host = redis.call('HMGET', KEYS[1], 'until', 'token')
redis.call('HSET', KEYS[1], 'last', now, 'until', math.max(tonumber(host[1] or '') or 0, now + pause))
if host[2] == token then redis.call('HDEL', KEYS[1], 'busy', 'token') end
redis.call('PEXPIRE', KEYS[1], life)
"""


class Pace:
    """The pace that all processes share."""

    def __init__(self, redis: Redis, *, patience: float = PATIENCE) -> None:
        self._take_script = redis.register_script(_TAKE)
        self._done_script = redis.register_script(_DONE)
        self._patience = patience

    @contextmanager
    def turn(self, host: str, delay: float, *, first: bool = False) -> Iterator[Turn]:
        """Wait for the host's turn and hold it for one request; ``delay`` in seconds, kept before and after it.

        ``first``: where this one has to wait, others that are not ``first`` let it have the next turn.

        Raises Wait where the turn is further off than the patience, LedgerError where Redis does not answer.
        """
        token = f"{this_process()}/{secrets.token_hex(8)}"
        _await(lambda: self._take(host, delay, token, first=first), self._patience)
        turn = Turn()
        try:
            yield turn
        finally:
            with suppress(RedisError):  # then the turn stays held for its lease, or is forgotten: slower, not faster
                self._done_script([_key(host)], [_ms(max(delay, turn.pause)), _ms(_LIFE), token])

    def _take(self, host: str, delay: float, token: str, *, first: bool = False) -> float:
        """Seconds until the next look; 0: the turn is ours. Asked again with the same token, it is still ours."""
        times = [_ms(delay), _ms(LEASE), _ms(_LOOK), _ms(_LIFE)]
        asked: list[int | str] = [*times, token, int(first), _ms(_KEPT), _ms(_LONGEST_LOOK)]
        with broker_faults():
            wait, held_by = self._take_script([_key(host)], asked)
            if wait and has_died(held_by.decode().partition("/")[0]):
                self._done_script([_key(host)], [_ms(delay), _ms(_LIFE), held_by])
                wait, _ = self._take_script([_key(host)], asked)
        return int(wait) / 1000


class OwnPace:
    """The same for a command that runs alone, without a broker: a host waits its delay before its first request too."""

    def __init__(self, *, patience: float = PATIENCE) -> None:
        self._until: dict[str, float] = {}
        self._patience = patience

    @contextmanager
    def turn(self, host: str, delay: float, *, first: bool = False) -> Iterator[Turn]:
        """As Pace.turn, within this process, where nobody else asks."""
        until = self._until.setdefault(host, monotonic() + delay)
        _await(lambda: max(until - monotonic(), 0.0), self._patience)
        turn = Turn()
        try:
            yield turn
        finally:
            self._until[host] = monotonic() + max(delay, turn.pause)


def _await(look: Callable[[], float], patience: float) -> None:
    """Look until it is our turn; raises Wait once that takes longer than the patience."""
    patience_ends = monotonic() + patience
    while (seconds := look()) > 0:
        if monotonic() + seconds > patience_ends:
            raise Wait(seconds)
        sleep(seconds)


def _key(host: str) -> str:
    return f"{PREFIX}pace:{host}"


def _ms(seconds: float) -> int:
    """Whole milliseconds, rounded up."""
    return -int(-seconds * 1000 // 1)
