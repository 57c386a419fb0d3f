"""Attacks on the page's door: each ends as it should, and the page goes on."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from meeruit.tasks.errors import UsageError
from meeruit.worker.settings import read_settings
from meeruit.worker.web import reader
from tests.page.conftest import TOKEN, Shown, free_port, shown
from tests.page.data import SCRIPT

INJECTIONS = (
    "'",
    "' OR 1=1 --",
    "'; DROP TABLE item; --",
    '" UNION SELECT * FROM body --',
    "%27%3B",
    "\\",
    "$$",
    "{{7*7}}",
)
PARAMETERS = ("q", "section", "place", "agency", "source", "since", "until", "after", "limit")


def ask(page: Shown, raw: bytes, *, end: bool = False) -> bytes:
    """What the page says to these bytes. ``end``: the line is half closed behind them."""
    said = b""
    with socket.create_connection(("127.0.0.1", page.port), timeout=5) as line, suppress(OSError):
        line.sendall(raw)
        if end:
            line.shutdown(socket.SHUT_WR)
        while part := line.recv(65_536):
            said += part
    return said


def plain(page: Shown, line: str, *headers: str, host: str = "127.0.0.1") -> bytes:
    """One question, closed after its answer."""
    lines = [line, f"Host: {host}:{page.port}", *headers, "Connection: close", "", ""]
    return ask(page, "\r\n".join(lines).encode("latin-1"))


def status(answer: bytes) -> int:
    """The status of an answer; 0 where the line was closed without one."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else 0


@pytest.mark.parametrize(
    "method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "QUERY"]
)
def test_what_is_no_reading_is_refused(on_sqlite: Shown, method: str) -> None:
    answer = plain(on_sqlite, f"{method} /items HTTP/1.1", "Content-Length: 0")
    assert status(answer) in {400, 405}
    assert method == "CONNECT" or b"allow: GET, HEAD" in answer.lower().replace(b"get, head", b"GET, HEAD")


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil", "", "127.0.0.2", "[::2]", "0.0.0.0", "a" * 300]
)
def test_a_page_elsewhere_that_points_its_name_here_gets_nothing(on_sqlite: Shown, host: str) -> None:
    assert status(plain(on_sqlite, "GET /items.json HTTP/1.1", host=host)) in {400, 421}


def test_a_page_at_all_addresses_of_its_machine_answers_to_each_of_them_and_to_its_name_and_to_no_other(
    filled_sqlite: str, tmp_path: Path
) -> None:
    everywhere = f"0.0.0.0:{free_port()}"
    with shown(filled_sqlite, tmp_path, MEERUIT_WEB_ADDRESS=everywhere, MEERUIT_WEB_TOKEN=TOKEN) as page:
        assert page.url == f"http://{socket.gethostname()}:{page.port}/"

        def asked(host: str, at: str) -> int:
            said = f"GET /items.json HTTP/1.1\r\nHost: {host}:{page.port}\r\nAuthorization: Bearer {TOKEN}\r\n"
            with socket.create_connection((at, page.port), timeout=5) as line:
                line.sendall(f"{said}Connection: close\r\n\r\n".encode())
                return status(line.recv(65_536))

        assert asked(socket.gethostname(), "127.0.0.1") == asked("127.0.0.2", "127.0.0.2") == 200
        for host in ("evil.example", "0.0.0.0", "127.0.0.2", "127.0.0.1.evil.example"):
            assert asked(host, "127.0.0.1") == 421


def test_two_hosts_or_none_are_no_host(on_sqlite: Shown) -> None:
    assert status(plain(on_sqlite, "GET /items HTTP/1.1", "Host: 127.0.0.1")) in {400, 421}
    assert status(ask(on_sqlite, b"GET /items HTTP/1.1\r\nConnection: close\r\n\r\n")) in {400, 421}


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/style.css%00.js", "/..//..//etc/passwd",
        "//evil.example/items", "/items/../../etc/passwd", "/static/", "/.env", "/meeruit.db", "/items/;id", "/docs", "/redoc",
        "/items/%2e%2e%2f", "/items/" + "a" * 3, "/items/" + "g" * 64, "/days/0000-00-00", "/days/0", "/days/9999-99-99", "/ITEMS",
    ],
)  # fmt: skip
def test_a_path_that_leads_nowhere_leads_nowhere(on_sqlite: Shown, path: str) -> None:
    answer = plain(on_sqlite, f"GET {path} HTTP/1.1")
    assert status(answer) in {404, 422}
    assert b"root:" not in answer


@pytest.mark.parametrize("name", PARAMETERS)
def test_no_parameter_reaches_the_database_as_more_than_a_value(page: Shown, name: str) -> None:
    for injection in INJECTIONS:
        answer = page.get(f"/items.json?{name}={injection.replace('%', '%25').replace('&', '%26')}")
        assert answer.status_code in {200, 422}
        assert answer.status_code == 422 or answer.json()["items"] == [] or name == "q"
    assert page.get("/items.json?limit=1").json()["items"]


@pytest.mark.parametrize(
    "question",
    [
        "q=%00", "section=a%00b", "section=" + "a" * 201, "limit=0", "limit=501", "limit=1e9", "limit=-1", "since=yesterday",
        "since=2025-03-03T00:00:00", "after=x", "after=2025-03-03T00:00:00Z~zz", "unknown=1", "until=99999-01-01", "q=%ff%fe&nope",
        "since=0000-01-01", "since=0001-01-01T00:00:00%2B05:00", "q=1&q=2&z",
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_asked_is_refused_in_one_line(page: Shown, question: str) -> None:
    answer = page.get(f"/items.json?{question}")
    assert answer.status_code == 422
    assert set(answer.json()) == {"detail"}
    assert "\n" not in answer.json()["detail"]
    assert page.get(f"/items?{question}").status_code == 422


def test_a_megabyte_of_question_or_header_is_not_read(on_sqlite: Shown) -> None:
    assert status(plain(on_sqlite, f"GET /items?q={'a' * 1_000_000} HTTP/1.1")) in {0, 400, 414}
    assert status(plain(on_sqlite, "GET /items HTTP/1.1", f"X: {'a' * 1_000_000}")) in {0, 400, 431}
    assert status(plain(on_sqlite, f"GET /items?q={'a' * 9_000} HTTP/1.1")) == 414
    assert on_sqlite.get("/items").status_code == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /items HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x",
        b"GET /items HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"\r\n" * 100,
        b"GET /\x00 HTTP/1.1\r\n\r\n",
        b"GET /items HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\r\n\tfolded\x00\r\n\r\n",
    ],
)  # fmt: skip
def test_bytes_that_are_no_http_end_the_line_and_nothing_else(on_sqlite: Shown, raw: bytes) -> None:
    assert status(ask(on_sqlite, raw, end=True)) in {0, 200, 400, 421}
    assert on_sqlite.get("/items").status_code == 200


def test_every_answer_tells_the_browser_to_trust_nothing(page: Shown) -> None:
    for path in ("/items", "/items.json", "/nothing", "/static/style.css", "/items?limit=x"):
        headers = page.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers
        assert "access-control-allow-origin" not in headers
        assert "set-cookie" not in headers


def test_only_the_head_is_sent_to_whoever_asks_for_the_head(on_sqlite: Shown) -> None:
    head, _, body = plain(on_sqlite, "HEAD /items HTTP/1.1").partition(b"\r\n\r\n")
    assert b" 200 " in head
    assert body == b""
    assert b"text/event-stream" in plain(on_sqlite, "HEAD /now.events HTTP/1.1")


def test_stored_markup_is_shown_as_text_and_bad_links_are_none(page: Shown) -> None:
    for path in (
        "/items?until=2025-03-03T05:10:00Z",
        "/now",
        "/failures",
        "/runs",
        "/days/2025-03-03",
        "/sources?until=2025-03-04",
    ):
        shown = page.get(path).text
        assert SCRIPT not in shown
        assert "<img" not in shown
        assert "javascript:" not in shown.lower().replace("javascript:window", "")
        assert 'href="data:' not in shown
    for item in page.get("/items.json?until=2025-03-03T05:01:00Z&limit=20").json()["items"]:
        shown = page.get(f"/items/{item['content_hash']}").text
        assert "<img" not in shown
        assert "\u202e" not in shown
        for link in shown.split("<a ")[1:]:
            target = link.partition('href="')[2].partition('"')[0]
            assert target.startswith(("/", "#", "https://")), target
            assert target.startswith(("/", "#")) or 'rel="noopener noreferrer nofollow"' in link
            assert "user:secret" not in target


def basic(token: str) -> str:
    return "Basic " + base64.b64encode(f"anybody:{token}".encode()).decode()


@pytest.mark.parametrize(
    "said",
    [
        None, "", "Bearer", "Bearer x", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", TOKEN, f"Token {TOKEN}", basic(""), basic("x"),
        basic(TOKEN.upper()), "Basic !!!", "Basic " + "A" * 5_000, f"Bearer \xff{TOKEN}", f"Digest {TOKEN}",
    ],
)  # fmt: skip
def test_without_the_token_there_is_nothing_not_even_a_style(guarded: Shown, said: str | None) -> None:
    headers = [] if said is None else [f"Authorization: {said}"]
    for path in ("/items", "/items.json", "/static/style.css", "/openapi.json", "/nothing"):
        answer = plain(guarded, f"GET {path} HTTP/1.1", *headers)
        assert status(answer) in {400, 401}
        assert b"content_hash" not in answer


def test_the_token_opens_by_either_way_under_every_name_and_is_never_logged(guarded: Shown) -> None:
    for said in (f"Bearer {TOKEN}", f"bearer {TOKEN}", basic(TOKEN)):
        assert guarded.get("/items.json", Authorization=said).status_code == 200
    assert guarded.get("/items", Authorization=basic(TOKEN), Host="news.example").status_code == 200
    assert (
        status(
            plain(guarded, "GET /items HTTP/1.1", f"Authorization: Bearer {TOKEN}", f"Authorization: Bearer {TOKEN}")
        )
        == 401
    )
    assert guarded.get(f"/items?q={TOKEN}", Authorization="Bearer wrong").status_code == 401
    time.sleep(0.2)
    log = guarded.log.read_text()
    assert "wrong-token" in log
    assert TOKEN not in log


def test_what_is_seen_from_elsewhere_needs_a_token_that_nobody_guesses(tmp_path: Path) -> None:
    settings = {"MEERUIT_WEB_ADDRESS": "0.0.0.0:1"}
    command = [sys.executable, "-P", "-m", "meeruit.worker", "web"]
    environment = os.environ | settings
    answer = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert answer.stderr == (
        "meeruit: MEERUIT_WEB_ADDRESS: 0.0.0.0 is seen from elsewhere; set MEERUIT_WEB_TOKEN too (openssl rand -hex 24)\n"
    )
    with pytest.raises(UsageError, match="MEERUIT_WEB_TOKEN has at least 16 characters") as caught:
        read_settings({"MEERUIT_WEB_TOKEN": "hunter2"})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_its_database_cannot_be_written(kind: str, request: pytest.FixtureRequest) -> None:
    engine = reader.read_engine(request.getfixturevalue(f"filled_{kind}"))
    for statement in (
        "DELETE FROM item",
        "UPDATE item SET headline = 'x'",
        "CREATE TABLE x (y integer)",
        "DROP TABLE sighting",
    ):
        with engine.connect() as db, pytest.raises(DBAPIError, match=r"readonly|read-only"):
            db.execute(text(statement))
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_a_question_that_takes_too_long_is_stopped(
    kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "LIMIT", 1.0)
    site = reader.Reader(request.getfixturevalue(f"filled_{kind}"))
    endless = "SELECT count(*) FROM sighting a, sighting b, sighting c"
    with pytest.raises(reader.TooSlow):
        site.ask(lambda db: db.scalar(text(endless)))
    assert site.ask(lambda db: db.scalar(text("SELECT count(*) FROM item")))
    site.engine.dispose()


def test_many_slow_readers_keep_no_quick_one_waiting(page: Shown) -> None:
    """Thirty ask for what is slow; what is quick is answered meanwhile."""
    answers: list[int] = []

    def ask_slowly() -> None:
        answers.append(page.get("/items.json?q=zzzzzz&limit=1").status_code)

    crowd = [threading.Thread(target=ask_slowly) for _ in range(30)]
    for one in crowd:
        one.start()
    assert page.get("/runs.json").status_code == 200
    for one in crowd:
        one.join()
    assert set(answers) == {200}


def test_told_to_end_it_ends_at_once_though_somebody_listens(filled_sqlite: str, tmp_path: Path) -> None:
    with shown(filled_sqlite, tmp_path) as page:
        line = socket.create_connection(("127.0.0.1", page.port))
        line.sendall(b"GET /now.events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b"200" in line.recv(100)
        began = time.monotonic()
    assert time.monotonic() - began < 10
    line.close()
