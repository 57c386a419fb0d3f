"""Whole visits to local sites, with the real client and a real Valkey: what is asked, of whom, when, how it ends."""

from __future__ import annotations

import dataclasses
import itertools
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from meeruit.tasks.addresses import parse_address
from meeruit.tasks.errors import LedgerError, PageError, RefusedAddress, TryAgain, Unreadable, Wait
from meeruit.tasks.web import redirects
from meeruit.tasks.web import visit as visiting
from meeruit.tasks.web.answer import Fetched, Validators
from meeruit.tasks.web.fetch import Bounds, fetch
from meeruit.tasks.web.redirects import Browser, onward
from meeruit.tasks.web.visit import visit
from meeruit.worker.net.client import TIMEOUT
from meeruit.worker.net.guard import ANSWER_SECONDS
from meeruit.worker.net.memory import PREFIX, Memory, OwnMemory
from meeruit.worker.net.pace import LEASE, PATIENCE, OwnPace, Pace
from tests.web.site import Site, answer, endless, redirect, reset, sending

DELAY = 0.1
PAGE = answer(b"<p>page</p>", "Content-Type: text/html", 'ETag: "1"')
Sites = Callable[[str], Site]


def patiently(tools: Browser, url: str, delay: float = DELAY) -> Fetched:
    """Visit again and again while it is not our turn, as the ledger does."""
    while True:
        try:
            return visit(tools, url, delay=delay)
        except Wait as later:
            time.sleep(later.seconds)


def robots(*lines: str) -> bytes:
    return answer("\n".join(["User-agent: *", *lines]).encode())


@pytest.fixture
def private(sites: Sites) -> Site:
    """A site that the client may not go to."""
    return sites("127.0.0.4")


def test_robots_txt_is_asked_first_and_kept_for_a_day(here: Site, tools: Browser, redis: Redis) -> None:
    here.pages |= {"/a": PAGE, "/b": PAGE, "/robots.txt": robots("Disallow: /c")}
    assert visit(tools, here.url("/a"), delay=DELAY).body == b"<p>page</p>"
    visit(tools, here.url("/b"), delay=DELAY)
    assert here.paths() == ["/robots.txt", "/a", "/b"]
    assert here.shortest_gap() >= DELAY
    assert 86_300 < redis.ttl(f"{PREFIX}robots:http://{here.place}") <= 86_400


def test_what_robots_txt_forbids_is_never_asked_for(here: Site, tools: Browser) -> None:
    here.pages |= {"/a": PAGE, "/robots.txt": robots("Disallow: /a")}
    for _ in range(2):
        with pytest.raises(Unreadable, match=r"^robots\.txt forbids$"):
            visit(tools, here.url("/a"), delay=DELAY)
    assert here.paths() == ["/robots.txt"]


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "410 Gone"])
def test_a_site_without_robots_txt_allows_everything(status: str, here: Site, tools: Browser) -> None:
    here.pages |= {"/a": PAGE, "/robots.txt": answer(robots("Disallow: /"), status=status)}
    assert visit(tools, here.url("/a"), delay=DELAY).body


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (answer(b"", status="500 Oops"), "HTTP 500"),
        (answer(b"", status="503 Later"), "HTTP 503"),
        (answer(b"", status="429 Slow"), "HTTP 429"),
        (reset, "the connection broke off"),
        (answer(b"x", "Content-Encoding: dcb"), "refused Content-Encoding 'dcb'"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nUser-agent", "broken HTTP"),
        (redirect("ftp://127.0.0.1/robots.txt"), None),
    ],
)
def test_a_robots_txt_that_cannot_be_read_forbids_for_now(
    page: bytes, why: str | None, here: Site, tools: Browser, redis: Redis
) -> None:
    here.pages |= {"/a": PAGE, "/robots.txt": page}
    if why is None:
        with pytest.raises(RefusedAddress):
            visit(tools, here.url("/a"), delay=DELAY)
        assert "/a" not in here.paths()
        return
    for _ in range(2):
        with pytest.raises(TryAgain, match=rf"^robots\.txt cannot be read: {why}") as failure:
            visit(tools, here.url("/a"), delay=DELAY)
        assert failure.value.retry_after == 30
    assert here.paths() == ["/robots.txt"], "not asked twice within half a minute, nor the page at all"
    key = f"{PREFIX}robots:http://{here.place}"
    assert 0 < redis.ttl(key) <= 30, "a failure is not kept as if it were an answer"
    redis.delete(key)
    here.pages["/robots.txt"] = robots("Disallow: /b")
    assert visit(tools, here.url("/a"), delay=DELAY).body


def test_robots_txt_is_reached_through_five_redirects_and_holds_for_where_it_began(
    sites: Sites, here: Site, tools: Browser
) -> None:
    there = sites("127.0.0.2")
    here.pages |= {"/a": PAGE, "/robots.txt": redirect("/1")}
    here.pages |= {f"/{n}": redirect(f"/{n + 1}") for n in range(1, 4)}
    here.pages["/4"] = redirect(there.url("/rules"))
    there.pages["/rules"] = robots("Disallow: /a")
    with pytest.raises(Unreadable, match=r"^robots\.txt forbids$"):
        patiently(tools, here.url("/a"))
    assert there.paths() == ["/rules"]


@pytest.mark.parametrize("to", ["/robots.txt", "/1"])
def test_a_robots_txt_behind_too_many_redirects_is_none(to: str, here: Site, tools: Browser) -> None:
    here.pages |= {"/a": PAGE, "/robots.txt": redirect(to)}
    here.pages |= {f"/{n}": redirect(f"/{n + 1}") for n in range(1, 9)}
    assert patiently(tools, here.url("/a")).body
    assert len(here.log) <= 7


def test_a_long_robots_txt_is_read_as_far_as_it_counts(here: Site, tools: Browser) -> None:
    here.pages |= {"/a": PAGE, "/robots.txt": robots("Disallow: /a", *["# " + "x" * 98] * 6000)}
    with pytest.raises(Unreadable, match="forbids"):
        visit(tools, here.url("/a"), delay=DELAY)
    here.pages["/robots.txt"] = endless(b"HTTP/1.1 200 OK\r\n\r\nUser-agent: *\nDisallow: /b\n", b"# more\n" * 9000)
    tools.memory.drop(f"robots:http://{here.place}")
    assert visit(tools, here.url("/a"), delay=DELAY).body


def test_a_crawl_delay_makes_us_slower(here: Site, tools: Browser) -> None:
    here.pages |= {"/a": PAGE, "/b": PAGE, "/robots.txt": robots("Crawl-delay: 0.7")}
    for path in ("/a", "/b"):
        visit(tools, here.url(path), delay=DELAY)
    assert here.shortest_gap() >= 0.7


def test_a_crawl_delay_makes_us_never_faster(here: Site, tools: Browser) -> None:
    here.pages |= {"/a": PAGE, "/robots.txt": robots("Crawl-delay: 0.01")}
    visit(tools, here.url("/a"), delay=0.5)
    assert here.shortest_gap() >= 0.5


def test_a_crawl_delay_of_a_billion_seconds_is_a_minute(here: Site, tools: Browser) -> None:
    here.pages |= {"/a": PAGE, "/robots.txt": robots("Crawl-delay: 1e9")}
    with pytest.raises(Wait) as later:
        visit(tools, here.url("/a"), delay=DELAY)
    assert 59 < later.value.seconds < 61


def test_every_hop_of_a_redirect_is_judged_by_its_own_host(sites: Sites, here: Site, tools: Browser) -> None:
    there = sites("127.0.0.2")
    here.pages["/a"] = redirect(there.url("/secret"))
    there.pages |= {"/secret": PAGE, "/robots.txt": robots("Disallow: /secret")}
    with pytest.raises(Unreadable, match=r"^robots\.txt forbids "):
        patiently(tools, here.url("/a"))
    assert there.paths() == ["/robots.txt"]


@pytest.mark.parametrize("patience", [2.0, 0.05])
@pytest.mark.parametrize(
    ("path", "sends", "kind", "words"),
    [
        ("/secret", PAGE, Unreadable, "robots.txt forbids"),
        ("/b", answer(b"", status="404 Not Found"), Unreadable, "HTTP 404"),
        ("/b", answer(b"", "Retry-After: 7", status="503 Later"), TryAgain, "HTTP 503"),
        ("/b", answer(b"%PDF-1.7"), Unreadable, "not a page but a PDF"),
        (
            "/b",
            redirect("file:///etc/passwd"),
            RefusedAddress,
            "refused address: file scheme; only http and https are fetched",
        ),
    ],
)
def test_a_failure_behind_a_redirect_names_the_address_that_failed(
    path: str,
    sends: bytes,
    kind: type[PageError],
    words: str,
    patience: float,
    sites: Sites,
    here: Site,
    tools: Browser,
    redis: Redis,
) -> None:
    there = sites("127.0.0.2")
    here.pages |= {"/a": redirect("/on"), "/on": redirect(there.url(path))}
    there.pages |= {path: sends, "/robots.txt": robots("Disallow: /secret")}
    with pytest.raises(kind) as failure:
        patiently(dataclasses.replace(tools, pace=Pace(redis, patience=patience)), here.url("/a"), 0.2)
    assert str(failure.value) == f"{words} (redirected to {there.url(path)})"
    assert getattr(failure.value, "retry_after", None) == (7 if kind is TryAgain else None)


def test_a_failure_of_the_address_itself_names_no_other(here: Site, tools: Browser) -> None:
    here.pages["/a"] = setting("a=b", "/a")
    with pytest.raises(Unreadable) as failure:
        patiently(tools, here.url("/a"))
    assert str(failure.value) == "bad redirect: it goes round in a loop"
    here.pages["/b"] = redirect(here.url("/c" + "x" * 7_000))
    with pytest.raises(Unreadable, match=r"^HTTP 404 ") as failure:
        patiently(tools, here.url("/b"))
    assert len(str(failure.value)) < 300


def test_the_page_is_where_the_redirects_end(sites: Sites, here: Site, tools: Browser) -> None:
    there = sites("127.0.0.2")
    here.pages |= {"/a": redirect("b?x"), "/b?x": redirect(there.url("/c#part"), "308 Permanent Redirect")}
    there.pages["/c"] = PAGE
    page = patiently(tools, here.url("/a"))
    assert page.url == there.url("/c")
    assert page.validators == Validators(there.url("/c"), '"1"')


def setting(cookie: str, to: str) -> bytes:
    return answer(b"", f"Location: {to}", f"Set-Cookie: {cookie}; Path=/; HttpOnly", status="302 Found")


def wants_cookie(site: Site, path: str, sends: bytes) -> None:
    """Have a path answer ``sends`` to whoever brings the cookie ``a=b``, and send everybody else back with it."""

    def page(connection: socket.socket) -> None:
        brought = site.log[-1].headers.get("cookie") == "a=b"
        connection.sendall(sends if brought else setting("a=b", path))

    site.pages[path] = page


@pytest.mark.parametrize("patience", [2.0, 0.05])
def test_a_page_that_sets_a_cookie_and_sends_us_back_to_it_is_asked_once_more_with_it(
    patience: float, here: Site, tools: Browser, redis: Redis
) -> None:
    wants_cookie(here, "/a", PAGE)
    for _ in range(2):
        here.log.clear()
        assert patiently(dataclasses.replace(tools, pace=Pace(redis, patience=patience)), here.url("/a"), 0.2).body
        cookies = [seen.headers.get("cookie") for seen in here.log if seen.path == "/a"]
        assert cookies == [None, "a=b"], "the second visit brings none: nothing is kept"


def test_a_cookie_goes_nowhere_else(sites: Sites, here: Site, tools: Browser) -> None:
    there = sites("127.0.0.2")
    wants_cookie(here, "/a", redirect(there.url("/b")))
    there.pages["/b"] = setting("x=y", "/c")
    there.pages["/c"] = PAGE
    assert patiently(tools, here.url("/a")).url == there.url("/c")
    assert [seen.headers.get("cookie") for seen in there.log] == [None] * 3


def test_a_page_that_wants_a_cookie_again_and_again_goes_round_in_a_loop(here: Site, tools: Browser) -> None:
    here.pages["/a"] = setting("a=b", "/a")
    with pytest.raises(Unreadable, match=r"^bad redirect: it goes round in a loop$"):
        patiently(tools, here.url("/a"))
    assert here.paths() == ["/robots.txt", "/a", "/a"]


def test_a_page_out_of_a_cache_says_how_long_it_lay_there(here: Site, tools: Browser) -> None:
    here.pages["/a"] = answer(b"page", "Age: 600")
    assert visit(tools, here.url("/a"), delay=DELAY).age_seconds == 600


def test_five_redirects_are_followed_and_no_sixth(here: Site, tools: Browser) -> None:
    here.pages |= {f"/{n}": redirect(f"/{n + 1}") for n in range(1, 20)}
    here.pages["/20"] = PAGE
    assert patiently(tools, here.url("/15")).body
    here.log.clear()
    with pytest.raises(Unreadable, match=r"^bad redirect: more than 5 in a row "):
        patiently(tools, here.url("/1"))
    assert here.paths() == [f"/{n}" for n in range(1, 7)]


@pytest.mark.parametrize(
    ("sends", "kind", "words"),
    [
        (redirect("/a"), Unreadable, "bad redirect: it goes round in a loop"),
        (redirect("/b"), Unreadable, "bad redirect: it goes round in a loop"),
        (answer(b"", status="302 Found"), Unreadable, "HTTP 302 without a Location"),
        (redirect(""), Unreadable, "bad redirect: it goes round in a loop"),
        (redirect("file:///etc/passwd"), RefusedAddress, "refused address: file scheme"),
        (redirect("javascript:alert(1)"), RefusedAddress, "refused address: its redirect leads to no http or https"),
        (redirect("data:text/html,x"), RefusedAddress, "refused address: its redirect leads to no http or https"),
        (redirect("http://user:pass@127.0.0.1/"), RefusedAddress, "refused address: it holds a user name"),
        (redirect("http://[::1"), Unreadable, "bad redirect: its Location is no address"),
        (redirect("http://127.0.0.1:99999/"), Unreadable, "refused address: port out of range"),
        (redirect("http://xn--/"), Unreadable, "refused address: "),
        (redirect("//"), Unreadable, "bad redirect: it goes round in a loop"),
        (redirect("http://169.254.169.254/latest/meta-data/"), RefusedAddress, "refused address 169.254.169.254"),
        (redirect("http://2130706433:1/"), RefusedAddress, "refused address 127.0.0.1 of 2130706433"),
        (redirect("http://localhost:1/"), RefusedAddress, "refused address "),
        (redirect("http://[::ffff:127.0.0.1]:1/"), RefusedAddress, "refused address ::ffff:127.0.0.1"),
    ],
)
def test_a_bad_redirect_is_a_named_outcome(
    sends: bytes, kind: type[Unreadable], words: str, here: Site, tools: Browser
) -> None:
    here.pages |= {"/a": sends, "/b": redirect("/a")}
    with pytest.raises(kind) as failure:
        patiently(tools, here.url("/a"))
    assert str(failure.value).startswith(words)


def test_a_redirect_into_the_private_network_makes_no_connection(private: Site, here: Site, tools: Browser) -> None:
    here.pages |= {"/a": redirect(private.url("/")), "/robots.txt": robots()}
    with pytest.raises(RefusedAddress, match=r"^refused address 127\.0\.0\.4: "):
        patiently(tools, here.url("/a"))
    here.pages["/robots.txt"] = redirect(private.url("/robots.txt"))
    tools.memory.drop(f"robots:http://{here.place}")
    with pytest.raises(RefusedAddress):
        patiently(tools, here.url("/a"))
    with pytest.raises(RefusedAddress):
        patiently(tools, private.url("/"))
    assert private.connections == 0


def test_a_redirect_down_to_http_is_refused() -> None:
    with pytest.raises(Unreadable, match=r"^bad redirect: from https down to http$"):
        onward(["https://example.org/"], "http://example.org/")
    assert onward(["http://example.org/"], "https://example.org/") == "https://example.org/"


def test_the_body_of_a_redirect_is_not_read(here: Site, tools: Browser) -> None:
    taken: list[int] = []

    def flood(connection: socket.socket) -> None:
        connection.sendall(
            f"HTTP/1.1 302 Found\r\nLocation: {here.url('/b')}\r\nContent-Length: 50000000\r\n\r\n".encode()
        )
        taken.extend(connection.send(bytes(1 << 20)) for _ in range(50))

    here.pages |= {"/a": flood, "/b": PAGE}
    assert patiently(tools, here.url("/a")).body
    assert sum(taken) < 25_000_000, "no more than fits into the buffers between"


def test_a_hop_that_has_to_wait_is_gone_on_from_and_nothing_asked_twice(
    sites: Sites, here: Site, tools: Browser, redis: Redis
) -> None:
    """With a delay longer than the patience a redirect within one host would otherwise never end."""
    hasty = dataclasses.replace(tools, pace=Pace(redis, patience=0.05))
    here.pages |= {"/a": redirect("/b"), "/b": redirect("/c"), "/c": PAGE, "/robots.txt": redirect("/rules")}
    here.pages["/rules"] = robots()
    for _ in range(2):
        here.log.clear()
        assert patiently(hasty, here.url("/a"), 0.3).url == here.url("/c")
        assert [path for path in here.paths() if "r" not in path] == ["/a", "/b", "/c"]
        assert here.shortest_gap() >= 0.3
    assert here.paths() == ["/a", "/b", "/c"], "the second visit knows robots.txt, and starts where it should"


def test_a_way_that_failed_is_forgotten(here: Site, tools: Browser) -> None:
    here.pages |= {"/a": redirect("/b"), "/b": answer(b"", status="404 Not Found")}
    with pytest.raises(Unreadable, match="HTTP 404"):
        patiently(tools, here.url("/a"))
    here.pages["/a"] = PAGE
    assert patiently(tools, here.url("/a")).url == here.url("/a")


def test_everything_may_be_forgotten_in_the_middle(here: Site, tools: Browser, redis: Redis) -> None:
    hasty = dataclasses.replace(tools, pace=Pace(redis, patience=0.05))
    here.pages |= {"/a": redirect("/b"), "/b": PAGE}
    visits = 0
    while True:
        try:
            page = visit(hasty, here.url("/a"), delay=0.2)
            break
        except Wait as later:
            time.sleep(later.seconds)
            if (visits := visits + 1) in {2, 3}:
                redis.flushall()
    assert page.url == here.url("/b")
    assert here.shortest_gap() >= 0.2


@pytest.mark.parametrize(
    "lie",
    [
        b"",
        b"nonsense",
        b"[]",
        b'{"a": 1}',
        b"[1]",
        b'["http://evil.example/"]',
        b'[["http://evil.example/"], ""]',
        b'["ab", ""]',
        b"999999 x",
        b"\xff",
    ],
)
def test_a_memory_that_lies_is_asked_again(lie: bytes, here: Site, tools: Browser) -> None:
    here.pages |= {"/a": PAGE, "/robots.txt": robots("Disallow: /b")}
    for key in (f"robots:http://{here.place}", f"trail:{here.url('/a')}", f"trail:{here.url('/robots.txt')}"):
        tools.memory.put(key, lie, 100)
    assert visit(tools, here.url("/a"), delay=DELAY).body
    assert here.paths() == ["/robots.txt", "/a"]


def test_a_visit_that_took_long_asks_nothing_more_but_goes_on_next_time(
    here: Site, tools: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visiting, "BUDGET", 0.4)
    here.pages |= {"/a": sending(b"", redirect("/b"), every=0.5), "/b": PAGE}
    with pytest.raises(Wait) as later:
        visit(tools, here.url("/a"), delay=DELAY)
    assert later.value.seconds == 0
    assert visit(tools, here.url("/a"), delay=DELAY).url == here.url("/b")
    assert here.paths() == ["/robots.txt", "/a", "/b"]


def test_a_conditional_visit_sends_what_it_was_given_where_it_was_given(here: Site, tools: Browser) -> None:
    here.pages |= {"/a": redirect("/b"), "/b": PAGE}
    first = patiently(tools, here.url("/a"))
    here.pages["/b"] = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
    here.log.clear()
    second = visit(tools, here.url("/a"), delay=DELAY, validators=first.validators)
    assert second.not_modified
    assert second.url == here.url("/b")
    assert [seen.headers.get("if-none-match") for seen in here.log] == [None, '"1"']


def test_a_304_to_a_question_that_was_not_asked_is_an_error(here: Site, tools: Browser) -> None:
    here.pages["/a"] = b"HTTP/1.1 304 Not Modified\r\n\r\n"
    with pytest.raises(Unreadable, match="HTTP 304, which nobody asked for"):
        visit(tools, here.url("/a"), delay=DELAY, validators=Validators(here.url("/b"), '"1"'))


def test_a_site_that_asks_for_patience_gets_it_for_all_its_pages(here: Site, tools: Browser) -> None:
    here.pages |= {"/a": answer(b"", "Retry-After: 90", status="503 Later"), "/b": PAGE}
    with pytest.raises(TryAgain, match="HTTP 503") as failure:
        visit(tools, here.url("/a"), delay=DELAY)
    assert failure.value.retry_after == 90
    with pytest.raises(Wait) as later:
        visit(tools, here.url("/b"), delay=DELAY)
    assert 89 < later.value.seconds < 90.1
    assert "/b" not in here.paths()


def test_the_pace_is_that_of_the_host_whatever_the_port(sites: Sites, tools: Browser) -> None:
    one, two = sites("127.0.0.2"), sites("127.0.0.2")
    one.pages["/"] = two.pages["/"] = PAGE
    for site in (one, two):
        visit(tools, site.url(), delay=0.3)
    times = sorted(seen.at for seen in one.log + two.log)
    assert all(b - a >= 0.3 for a, b in itertools.pairwise(times))


def test_without_redis_nothing_is_asked(here: Site, tools: Browser, tmp_path: object) -> None:
    nobody = Redis(unix_socket_path=f"{tmp_path}/nobody", retry=Retry(NoBackoff(), 0))
    lost = dataclasses.replace(tools, pace=Pace(nobody), memory=Memory(nobody))
    with pytest.raises(LedgerError):
        visit(lost, here.url("/a"), delay=DELAY)
    half = dataclasses.replace(tools, pace=Pace(nobody))
    with pytest.raises(LedgerError):
        visit(half, here.url("/a"), delay=DELAY)
    assert here.connections == 0


def test_a_command_alone_visits_by_the_same_rules(here: Site, tools: Browser) -> None:
    alone = Browser(tools.client, OwnPace(), OwnMemory())
    here.pages |= {"/a": redirect("/b"), "/b": PAGE, "/c": PAGE, "/robots.txt": robots("Disallow: /c")}
    assert patiently(alone, here.url("/a")).body
    with pytest.raises(Unreadable, match="forbids"):
        patiently(alone, here.url("/c"))
    assert here.paths() == ["/robots.txt", "/a", "/b"]
    assert here.shortest_gap() >= DELAY


def test_a_host_that_takes_long_rests_as_long(here: Site, tools: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redirects, "SLOW", 1.0)
    here.pages |= {"/a": sending(PAGE[:30], PAGE[30:], every=2.5), "/b": PAGE}
    assert patiently(tools, here.url("/a")).body
    with pytest.raises(Wait) as later:
        visit(tools, here.url("/b"), delay=DELAY)
    assert 2 <= later.value.seconds < 4


def test_an_address_that_is_none_asks_nobody(tools: Browser) -> None:
    with pytest.raises(RefusedAddress):
        visit(tools, "http://user@127.0.0.1/", delay=DELAY)


def test_the_longest_request_ends_before_its_turn_does() -> None:
    connect, write = TIMEOUT.connect or 0, TIMEOUT.write or 0
    longest = 2 * connect + write + max(ANSWER_SECONDS, Bounds().seconds)
    assert longest < LEASE
    assert 60 + visiting.BUDGET + PATIENCE + longest < 120, "the hard limit of a task that starts no page after 60 s"


def test_a_clock_of_ones_own_is_used(here: Site, tools: Browser) -> None:
    then = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
    here.pages["/a"] = PAGE
    assert visit(dataclasses.replace(tools, clock=lambda: then), here.url("/a"), delay=DELAY).observed_at == then
    assert fetch(tools.client, parse_address(here.url("/a")), clock=lambda: then).received_at == then
