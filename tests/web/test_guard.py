from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any

import httpcore
import httpx
import pytest

from meeruit.tasks.addresses import parse_address
from meeruit.tasks.errors import RefusedAddress, TryAgain, UsageError
from meeruit.tasks.web.fetch import fetch
from meeruit.worker.net.allowed import AllowedHosts
from meeruit.worker.net.client import make_client
from meeruit.worker.net.guard import Guard, is_public
from tests.web.site import Site, answer

PRIVATE = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254"),
    *("172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1"),
    *("198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1"),
    *("255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1"),
    *("64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::"),
    *("2002:808:808::", "3fff::1", "5f00::1", "fc00::1", "fd12::1", "fe80::1", "fec0::1", "ff02::1"),
]
PUBLIC = [
    *("1.1.1.1", "8.8.8.8", "9.255.255.255", "100.128.0.1", "172.32.0.1", "192.0.1.1", "223.255.255.255"),
    *("2606:4700::1111", "2a00::1"),
]


@pytest.mark.parametrize("ip", PRIVATE)
def test_an_address_that_is_no_public_host_is_private(ip: str) -> None:
    assert not is_public(ip_address(ip))


@pytest.mark.parametrize("ip", PUBLIC)
def test_an_ordinary_address_is_public(ip: str) -> None:
    assert is_public(ip_address(ip))


@pytest.fixture
def private(sites: Callable[[str], Site]) -> Site:
    """A site that nobody allowed."""
    return sites("127.0.0.1")


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.0.0.2", "127.1", "0x7f000001", "0x7f.1", "2130706433", "017700000001", "0", "0.0.0.0"),
        *("localhost", "LOCALHOST.", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]"),
        *("[2002:7f00:1::]", "[fe80::1]", "[fc00::1]", "[fec0::1]", "[ff02::1]", "10.0.0.1", "169.254.169.254"),
        *("192.168.0.1", "100.64.0.1", "192.88.99.1", "224.0.0.1", "255.255.255.255", "１２７。0.0.1"),
    ],
)
def test_a_private_host_is_refused_on_any_port_and_never_connected_to(private: Site, host: str) -> None:
    address = parse_address(f"http://{host}:{private.port}/")
    with make_client() as client, pytest.raises(RefusedAddress, match=r"^refused address [0-9a-f:.]+") as refused:
        fetch(client, address)
    assert private.connections == 0
    setting = str(refused.value).partition("allow it with MEERUIT_ALLOW_PRIVATE_HOSTS=")[2]
    assert (address.host, private.port) in AllowedHosts(setting)


_ask_the_system = socket.getaddrinfo


def name_server(monkeypatch: pytest.MonkeyPatch, **names: list[list[str]]) -> None:
    """Resolve these names (``inside_example`` for inside.example): each time to the next of its lists of addresses."""
    answers = {name.replace("_", "."): iter(lists) for name, lists in names.items()}

    def resolve(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        if host not in answers:
            return _ask_the_system(host, port, *args, **kwargs)
        return [(socket.AF_UNSPEC, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in next(answers[host])]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.mark.parametrize(
    "ips", [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::1"], ["2606:4700::1", "fe80::1%lo"]]
)
def test_a_name_is_refused_if_any_of_its_addresses_is_private(
    private: Site, monkeypatch: pytest.MonkeyPatch, ips: list[str]
) -> None:
    name_server(monkeypatch, inside_example=[ips])
    with (
        make_client() as client,
        pytest.raises(RefusedAddress, match=rf"^refused address {ips[-1]} of inside\.example: "),
    ):
        fetch(client, parse_address(f"http://inside.example:{private.port}/"))
    assert private.connections == 0


class Detour(httpcore.NetworkBackend):
    """Notes where the guard connects to and takes the connection to a local site instead: there is no internet here."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.hosts: list[str] = []

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        self.hosts.append(host)
        if host == "93.184.216.1":
            raise httpcore.ConnectError("refused")
        return httpcore.SyncBackend().connect_tcp(self._site.host, self._site.port, timeout)


def test_a_name_that_changes_its_answer_gains_nothing(private: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    private.pages["/"] = answer(b"page")
    name_server(monkeypatch, rebinding_example=[["93.184.216.34"], ["127.0.0.1"]])
    detour = Detour(private)
    with httpcore.ConnectionPool(network_backend=Guard(AllowedHosts(), detour)) as pool:
        assert pool.request("GET", "http://rebinding.example/").content == b"page"
        assert detour.hosts == ["93.184.216.34"], "resolved once, connected to what was judged"
        assert private.log[0].headers["host"] == "rebinding.example"
        pool.close()
        with pytest.raises(RefusedAddress, match=r"127\.0\.0\.1 of rebinding\.example"):
            pool.request("GET", "http://rebinding.example/")


def test_the_next_address_is_tried_where_one_does_not_answer(private: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    private.pages["/"] = answer(b"page")
    name_server(monkeypatch, two_example=[["93.184.216.1", "93.184.216.2"]])
    detour = Detour(private)
    with httpcore.ConnectionPool(network_backend=Guard(AllowedHosts(), detour)) as pool:
        assert pool.request("GET", "http://two.example/").status == 200
    assert detour.hosts == ["93.184.216.1", "93.184.216.2"]


def test_a_name_that_nobody_knows_may_be_known_later(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(TryAgain, match=r"^cannot connect: nobody\.example is not known$"):
        fetch(client, parse_address("http://nobody.example/"))


@pytest.mark.parametrize("setting", ["127.0.0.1:{port}", "127.0.0.1", " other:1 , 127.0.0.1:{port},"])
def test_an_exception_opens_the_host_that_it_names(private: Site, setting: str) -> None:
    private.pages["/"] = answer(b"page")
    with make_client(allow_private_hosts=setting.format(port=private.port)) as client:
        assert fetch(client, parse_address(private.url())).body == b"page"


@pytest.mark.parametrize("setting", ["127.0.0.1:1", "localhost:{port}", "127.0.0.2", "[::1]:{port}", ""])
def test_an_exception_opens_nothing_else(private: Site, setting: str) -> None:
    with make_client(allow_private_hosts=setting.format(port=private.port)) as client, pytest.raises(RefusedAddress):
        fetch(client, parse_address(private.url()))
    assert private.connections == 0


def test_an_exception_for_a_name_opens_that_name_only(private: Site) -> None:
    private.pages["/"] = answer(b"page")
    with make_client(allow_private_hosts=f"localhost:{private.port}") as client:
        assert fetch(client, parse_address(f"http://localhost:{private.port}/")).body == b"page"
        with pytest.raises(RefusedAddress):
            fetch(client, parse_address(private.url()))


@pytest.mark.parametrize(
    ("setting", "place"),
    [("[::1]:80", ("::1", 80)), ("[0:0::1]", ("::1", 1)), ("Intranet.", ("intranet", 9)), ("a,b:2", ("b", 2))],
)
def test_an_exception_is_a_host_and_perhaps_a_port(setting: str, place: tuple[str, int]) -> None:
    assert place in AllowedHosts(setting)


@pytest.mark.parametrize(
    "setting", ["http://intranet", "intranet:", "intranet:99999", "a b", "::1", "[::1", "[1:2]", "*"]
)
def test_an_exception_that_makes_no_sense_is_named(setting: str) -> None:
    with pytest.raises(UsageError, match=r"^MEERUIT_ALLOW_PRIVATE_HOSTS: "):
        AllowedHosts(setting)
