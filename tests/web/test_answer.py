from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta

import brotli
import httpx
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from meeruit.tasks import zstd
from meeruit.tasks.addresses import parse_address
from meeruit.tasks.decoding.unpack import Unpack, coding_of
from meeruit.tasks.errors import TryAgain, Unreadable
from meeruit.tasks.web.answer import Answer, Validators, age_seconds, cookie_pairs, judge, retry_after
from meeruit.tasks.web.fetch import fetch
from tests.web.site import Site, answer

NOW = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("120", 120.0),
        (" 120 ", 120.0),
        ("0", 0.0),
        ("-5", 0.0),
        ("999999999", 3600.0),
        ("9" * 5000, 3600.0),
        ("1.5", None),
        ("soon", None),
        ("nan", None),
        ("٣", None),
        ("Mon, 02 Mar 2026 14:06:00 GMT", 60.0),
        ("Mon, 02 Mar 2026 15:06:00 +0100", 60.0),
        ("Mon, 02 Mar 2026 14:06:00", 60.0),
        ("Mon, 02 Mar 2026 14:00:00 GMT", 0.0),
        ("Mon, 02 Mar 2099 14:00:00 GMT", 3600.0),
        ("Mon, 99 Mar 2026 14:00:00 GMT", None),
        ("Mon, 02 Mar 99999 14:00:00 GMT", None),
    ],
)
def test_retry_after_is_a_number_or_a_date_within_an_hour(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


@given(st.text(max_size=40))
def test_any_retry_after_is_within_an_hour_or_nothing(value: str) -> None:
    seconds = retry_after(value, NOW)
    assert seconds is None or 0 <= seconds <= 3600


@pytest.mark.parametrize("status", ["429 Slow", "503 Later"])
def test_a_site_that_asks_for_patience_is_heard(status: str, here: Site, client: httpx.Client) -> None:
    here.pages["/"] = answer(b"", "Retry-After: 90", status=status)
    with pytest.raises(TryAgain) as failure:
        judge(fetch(client, parse_address(here.url())))
    assert failure.value.retry_after == 90


def test_the_time_is_that_of_the_answer_in_utc_and_whole_seconds(here: Site, client: httpx.Client) -> None:
    here.pages["/"] = answer(b"page", "Date: Mon, 01 Jan 1990 00:00:00 GMT")
    before = datetime.now(UTC).replace(microsecond=0)
    page = judge(fetch(client, parse_address(here.url())))
    assert before <= page.observed_at <= datetime.now(UTC)
    assert page.observed_at.microsecond == 0
    assert page.observed_at.utcoffset() == timedelta(0)


def test_a_page_comes_with_its_address_type_and_validators(here: Site, client: httpx.Client) -> None:
    here.pages["/a"] = answer(
        b"page", "Content-Type: text/html; charset=utf-8", 'ETag: W/"x"', "Last-Modified: Mon, 02 Mar 2026 14:05:00 GMT"
    )
    page = judge(fetch(client, parse_address(here.url("/a"))))
    assert (page.url, page.body, page.media_type) == (here.url("/a"), b"page", "text/html; charset=utf-8")
    assert page.validators == Validators(here.url("/a"), 'W/"x"', "Mon, 02 Mar 2026 14:05:00 GMT")
    assert not page.not_modified


def test_validators_go_back_verbatim_to_the_address_that_gave_them() -> None:
    validators = Validators("http://a/x", 'W/"x"', "yesterday, or so")
    assert validators.headers("http://a/x") == {"If-None-Match": 'W/"x"', "If-Modified-Since": "yesterday, or so"}
    assert validators.headers("http://a/y") == {}
    assert Validators("http://a/x", None, "then").headers("http://a/x") == {"If-Modified-Since": "then"}


@pytest.mark.parametrize("bad", ['"é"', "a\r\nX: y", "x" * 1001, "", "\x00"])
def test_a_validator_that_no_header_can_hold_is_left_out(bad: str) -> None:
    assert Validators("http://a/", bad, "then").headers("http://a/") == {"If-Modified-Since": "then"}


def test_not_modified_counts_only_where_it_was_asked_for() -> None:
    said = Answer("http://a/", 304, NOW, etag='"x"')
    page = judge(said, conditional=True)
    assert page.not_modified
    assert page.body is None
    assert page.validators == Validators("http://a/", '"x"')
    with pytest.raises(Unreadable, match="HTTP 304, which nobody asked for"):
        judge(said)


def test_a_redirect_without_a_location_is_an_error() -> None:
    with pytest.raises(Unreadable, match="HTTP 302 without a Location"):
        judge(Answer("http://a/", 302, NOW))


@pytest.mark.parametrize(
    "header", ["", "identity", "UTF-8", "utf8", "none", "binary", "8bit", "text/html", "é x", ", ,"]
)
def test_a_content_encoding_that_names_no_coding_is_none(header: str) -> None:
    assert coding_of(header) is None


@pytest.mark.parametrize("header", ["gzip", "x-gzip", "GZIP ", "br", "zstd", "deflate", "utf-8, gzip"])
def test_a_coding_is_known_by_its_name(header: str) -> None:
    assert coding_of(header) is not None


@pytest.mark.parametrize("header", ["gzip, gzip", "br,gzip", "compress", "dcb", "aes128gcm", "xz"])
def test_a_coding_that_cannot_be_undone_is_refused(header: str) -> None:
    with pytest.raises(Unreadable, match="refused Content-Encoding"):
        coding_of(header)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("0", 0),
        ("600", 600),
        (" 600 , 5", 600),
        ("-5", 0),
        ("1.5", 0),
        ("soon", 0),
        ("9" * 5000, 0),
        ("99999999999", 0),
        ("٣", 0),
    ],
)
def test_an_age_header_is_whole_seconds_or_nothing(value: str | None, seconds: int) -> None:
    assert age_seconds(value) == seconds


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], ""),
        (["a=b; Path=/; HttpOnly", "c=d"], "a=b; c=d"),
        (["a=b", "a=c"], "a=c"),
        (["a=; Max-Age=0", "novalue", "=x", "a b=c"], "a="),
        (["a=b\r\nX-Evil: 1", "a=\x00", "a=é", "c=d=e"], "c=d=e"),
        (["a=" + "x" * 5_000], ""),
    ],
)
def test_cookies_go_back_as_they_came_and_hold_no_line_end(lines: list[str], said: str) -> None:
    assert cookie_pairs(lines) == said


pieces = st.lists(st.binary(max_size=300), min_size=1, max_size=4)


def packed_by(coding: str, parts: list[bytes]) -> bytes:
    """The parts, packed: a member each where the coding has members."""
    if coding == "br":
        return bytes(brotli.compress(b"".join(parts)))
    return b"".join(map(gzip.compress if coding == "gzip" else zstd.compress, parts))


def unpacker(name: str, room: int) -> Unpack:
    """What unpacks a coding into so much room."""
    coding = coding_of(name)
    assert coding is not None
    return Unpack(coding, room)


codings = st.sampled_from(["gzip", "br", "zstd"])


@given(codings, pieces, st.integers(1, 50))
def test_a_body_unpacks_whole_however_it_is_cut(coding: str, parts: list[bytes], step: int) -> None:
    packed = packed_by(coding, parts)
    unpack = unpacker(coding, 10_000)
    assert b"".join(unpack.feed(packed[i : i + step]) for i in range(0, len(packed), step)) == b"".join(parts)
    unpack.close()


@given(codings, pieces, st.data())
def test_a_body_that_lost_its_end_is_never_taken_for_whole(
    coding: str, parts: list[bytes], data: st.DataObject
) -> None:
    packed = packed_by(coding, parts)
    ends = {len(packed_by(coding, parts[:n])) for n in range(1, len(parts))} if coding != "br" else set()
    assume(len(packed) > 1)
    cut = data.draw(st.integers(1, len(packed) - 1).filter(lambda n: n not in ends))
    unpack = unpacker(coding, 10_000)
    unpack.feed(packed[:cut])
    with pytest.raises(TryAgain, match=f"broken {coding}"):
        unpack.close()


@given(codings, st.integers(0, 2000), st.integers(0, 2000), st.integers(1, 50))
def test_never_more_than_one_byte_over_its_room_comes_out(coding: str, size: int, room: int, step: int) -> None:
    packed = packed_by(coding, [bytes(size)])
    unpack = unpacker(coding, room)
    out = b"".join(unpack.feed(packed[i : i + step]) for i in range(0, len(packed), step))
    assert len(out) == min(size, room + 1)


@given(st.binary(max_size=50), st.integers(1, 9))
def test_what_follows_a_whole_gzip_is_left_off(rubbish: bytes, step: int) -> None:
    packed = gzip.compress(b"page") + b"\n" + rubbish
    unpack = unpacker("gzip", 10_000)
    assert b"".join(unpack.feed(packed[i : i + step]) for i in range(0, len(packed), step)) == b"page"
    unpack.close()
