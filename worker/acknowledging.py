"""What a worker holds when the broker goes: a message takes no slot for ever, and none ends the worker.

kombu counts the messages that a worker holds, and frees a message's slot after the broker has taken the acknowledgement.
Where the broker does not answer in time, it never does: a worker of one process takes no message any more, though the
broker is long back, and a larger one loses a slot each time. Here the slot is free in any case.

When the connection is lost while a task runs, kombu first gives the held messages back, on the connection that is lost.
The error leaves the channel half closed; what then closes it, or acknowledges on it, asks for an address that is gone,
and that error, which nobody expects, ends the worker. Here no error comes of it.

The message itself comes again after its visibility timeout, and finds its work done.
"""

from __future__ import annotations

import logging
from typing import TextIO

from kombu.transport import redis, virtual
from redis.exceptions import RedisError

log = logging.getLogger("meeruit")


class QoS(redis.QoS):
    """What a channel holds, with slots that are always freed."""

    def ack(self, delivery_tag: str) -> None:
        """Acknowledge a message; raises what the broker's connection raises, unless that was closed meanwhile."""
        try:
            super().ack(delivery_tag)  # type: ignore[no-untyped-call]
        except Exception:
            virtual.QoS.ack(self, delivery_tag)  # type: ignore[no-untyped-call]
            if self._connected():
                raise

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """Refuse a message; raises what the broker's connection raises, unless that was closed meanwhile."""
        try:
            super().reject(delivery_tag, requeue)  # type: ignore[no-untyped-call]
        except Exception:
            virtual.QoS.ack(self, delivery_tag)  # type: ignore[no-untyped-call]
            if self._connected():
                raise

    def restore_unacked_once(self, stderr: TextIO | None = None) -> None:
        """Give back what is held, as the channel closes; where the broker does not take it, it comes again by itself."""
        try:
            super().restore_unacked_once(stderr)  # type: ignore[no-untyped-call]
        except (RedisError, OSError, AttributeError) as exc:
            if self._connected() and isinstance(exc, AttributeError):
                raise
            reason = exc if self._connected() else "the connection is closed"
            log.warning("not given back messages=%s reason=%s", len(self._delivered), reason)
            self._delivered.clear()

    def _connected(self) -> bool:
        """False where the channel, or its connection, was closed while the task ran."""
        return self.channel.connection is not None and self.channel.connection.client is not None


def install() -> None:
    """Have every channel of this process use it."""
    redis.Channel.QoS = QoS
