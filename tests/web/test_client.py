from __future__ import annotations

from importlib.metadata import version

import httpx
import pytest

from meeruit.tasks.addresses import parse_address
from meeruit.tasks.errors import UsageError
from meeruit.tasks.web.fetch import fetch
from meeruit.worker.net.client import make_client, user_agent
from meeruit.worker.net.guard import Guard
from tests.web.site import Site, answer


def test_the_pool_inside_httpx_is_ours(client: httpx.Client) -> None:
    """Private names of httpx 0.28 and httpcore 1.0; a version that renames them must not open the guard unnoticed."""
    transport = client._transport
    assert isinstance(transport, httpx.HTTPTransport)
    assert isinstance(transport._pool._network_backend, Guard)
    assert client._mounts == {}


def test_a_request_says_who_we_are_and_what_we_take(here: Site) -> None:
    here.pages["/"] = answer(b"page")
    with make_client(contact="https://example.org/bot", allow_private_hosts=here.place) as client:
        fetch(client, parse_address(here.url()))
    headers = here.log[0].headers
    assert headers["user-agent"] == f"meeruit/{version('meeruit')} (+https://example.org/bot)"
    assert headers["accept-encoding"] == "gzip, br, zstd"
    assert headers["host"] == here.place
    assert "cookie" not in headers
    assert "authorization" not in headers


def test_without_a_contact_the_product_stands_alone() -> None:
    assert user_agent() == f"meeruit/{version('meeruit')}"


@pytest.mark.parametrize("contact", ["me\r\nX-Evil: 1", "mé", "a (b)", "\x00"])
def test_a_contact_that_is_no_header_text_is_named(contact: str) -> None:
    with pytest.raises(UsageError, match=r"^MEERUIT_CONTACT: "):
        user_agent(contact)


def test_cookies_are_not_kept(here: Site, client: httpx.Client) -> None:
    here.pages["/"] = answer(b"page", "Set-Cookie: a=b; Path=/; Max-Age=9999")
    for _ in range(2):
        fetch(client, parse_address(here.url()))
    assert [seen.headers.get("cookie") for seen in here.log] == [None, None]
    assert len(client.cookies) == 0


def test_proxies_and_passwords_of_the_environment_are_not_used(
    here: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    here.pages["/"] = answer(b"page")
    with make_client(allow_private_hosts=here.place) as client:
        assert fetch(client, parse_address(here.url())).body == b"page"


def test_no_connection_is_kept_for_the_next_request(here: Site, client: httpx.Client) -> None:
    here.pages["/"] = answer(b"page") + answer(b"left over from before")
    assert [fetch(client, parse_address(here.url())).body for _ in range(2)] == [b"page", b"page"]
    assert here.connections == 2
