"""What the operator says of the way out: hosts that the guard lets through, and the name that sites see. Sends nothing."""

from __future__ import annotations

import re
from ipaddress import IPv6Address

from meeruit.tasks.errors import UsageError


class AllowedHosts:
    """The exceptions that the operator names: ``127.0.0.1:8080,intranet,[::1]``.

    Matched against the host as an address writes it; an entry without a port holds for all its ports.
    Raises UsageError for an entry that is no ``host[:port]``.
    """

    _ENTRY = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+))(?::([0-9]{1,5}))?")

    def __init__(self, setting: str = "") -> None:
        self._entries = {self._entry(text.strip().lower()) for text in setting.split(",") if text.strip()}

    def __contains__(self, place: tuple[str, int]) -> bool:
        host, port = place
        return (host, port) in self._entries or (host, None) in self._entries

    def _entry(self, text: str) -> tuple[str, int | None]:
        match = self._ENTRY.fullmatch(text)
        port = int(match[3]) if match and match[3] else None
        if not match or (port is not None and not 0 < port < 65536):
            raise UsageError(
                f"MEERUIT_ALLOW_PRIVATE_HOSTS: {text!r} is no host or host:port; write it like 127.0.0.1:8080,intranet"
            )
        try:
            return (IPv6Address(match[1]).compressed if match[1] else match[2].removesuffix("."), port)
        except ValueError as exc:
            raise UsageError(f"MEERUIT_ALLOW_PRIVATE_HOSTS: {text!r}: {exc}") from exc


def check_contact(contact: str) -> str:
    """The contact as the User-Agent names it; raises UsageError for one that no header can hold."""
    contact = contact.strip()
    if not (contact.isascii() and (contact.isprintable() or not contact)) or set(contact) & set("()\\"):
        raise UsageError(
            "MEERUIT_CONTACT: write an address or a mailbox, like https://example.org/bot or me@example.org"
        )
    return contact
