"""A check of the broker's address, once at the start, before anything waits for the broker."""

from __future__ import annotations

import ssl

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError, ResponseError
from redis.retry import Retry

from meeruit.tasks.errors import UsageError
from meeruit.worker.connections import display_url
from meeruit.worker.settings import Settings


def check_broker(settings: Settings, *, patient: bool) -> None:
    """Raise UsageError where waiting would not help: a wrong password, no such database, a bad certificate.

    A broker that does not answer yet is none of these; with ``patient`` it is waited for.
    """
    redis = Redis.from_url(
        settings.redis_url, socket_timeout=5, socket_connect_timeout=5, retry=Retry(NoBackoff(), retries=0)
    )
    try:
        redis.ping()
    except RedisError as exc:
        if isinstance(exc, AuthenticationError | ResponseError) or _is_about_tls(exc):
            raise UsageError(f"the broker {display_url(str(settings.broker_url))} refuses us: {exc}") from exc
        if not patient:
            raise UsageError(f"the broker {display_url(str(settings.broker_url))} does not answer: {exc}") from exc
    finally:
        redis.close()


def _is_about_tls(exc: BaseException | None) -> bool:
    while exc:
        if isinstance(exc, ssl.SSLError):
            return True
        exc = exc.__cause__ or exc.__context__
    return False
