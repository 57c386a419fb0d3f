"""A message that could not be acknowledged takes no slot for ever.

kombu counts the messages that a worker holds, and frees a message's slot after the broker has taken the acknowledgement.
Where the broker does not answer in time, it never does: a worker of one process takes no message any more, though the
broker is long back, and a larger one loses a slot each time. Here the slot is free in any case. The message itself comes
again after its visibility timeout, and finds its work done.
"""

from __future__ import annotations

from kombu.transport import redis, virtual


class QoS(redis.QoS):
    """What a channel holds, with slots that are always freed."""

    def ack(self, delivery_tag: str) -> None:
        """Acknowledge a message; raises what the broker's connection raises."""
        try:
            super().ack(delivery_tag)  # type: ignore[no-untyped-call]
        except Exception:
            virtual.QoS.ack(self, delivery_tag)  # type: ignore[no-untyped-call]
            raise

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """Refuse a message; raises what the broker's connection raises."""
        try:
            super().reject(delivery_tag, requeue)  # type: ignore[no-untyped-call]
        except Exception:
            virtual.QoS.ack(self, delivery_tag)  # type: ignore[no-untyped-call]
            raise


def install() -> None:
    """Have every channel of this process use it."""
    redis.Channel.QoS = QoS
