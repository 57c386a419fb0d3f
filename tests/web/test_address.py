from __future__ import annotations

import contextlib

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meeruit.tasks.addresses import parse_address, resolve
from meeruit.tasks.errors import RefusedAddress


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://example.org", "https://example.org/"),
        ("HTTP://Example.ORG:80/a", "http://example.org/a"),
        ("https://example.org:443/", "https://example.org/"),
        ("https://example.org:8443/", "https://example.org:8443/"),
        ("https://example.org./a", "https://example.org/a"),
        ("https://example.org/a#part", "https://example.org/a"),
        ("https://example.org/a/../b/./c/..", "https://example.org/b/"),
        ("https://example.org/../..", "https://example.org/"),
        ("https://example.org//a", "https://example.org//a"),
        ("https://example.org?", "https://example.org/?"),
        ("https://example.org/a b?c d=é", "https://example.org/a%20b?c%20d=%C3%A9"),
        ("https://example.org/100%", "https://example.org/100%25"),
        ("https://example.org/?a[]=1|2", "https://example.org/?a[]=1|2"),
        ("https://münchen.example/", "https://xn--mnchen-3ya.example/"),
        ("https://faß.example/", "https://xn--fa-hia.example/"),
        ("http://１２７。0.0.1/", "http://127.0.0.1/"),
        ("http://[::1]:80/", "http://[::1]/"),
        ("http://[0:0::7F00:1]:8080/", "http://[::7f00:1]:8080/"),
        (" https://example.org/ ", "https://example.org/"),
    ],
)
def test_an_address_has_one_normal_form(text: str, url: str) -> None:
    assert parse_address(text).url == url


@pytest.mark.parametrize(
    "text",
    [
        *("", "example.org", "//example.org/", "ftp://example.org/", "file:///etc/passwd", "javascript:alert(1)"),
        *("data:text/html,x", "http:", "http:///x", "http:/x", "http://", "http://:80/", "http://?", "http://#"),
        *("http://user@example.org/", "http://user:pass@example.org/", "http://a\\@b/", "http://@/"),
        *("http://exa\tmple.org/", "http://example.org/a\nb", "http://example.org/\x00", "http://example.org/%00"),
        *("http://example.org:99999/", "http://example.org:0/", "http://example.org:-1/", "http://example.org:8o/"),
        *("http://[::1", "http://[::1]x/", "http://[fe80::1%25eth0]/", "http://[]/", "http://[v1.x]/", "http://::1/"),
        *("http://a..b/", "http://.a/", "http://a b/", "http://a%2eb/", "http://☃.net/", "http://xn--/", "http://-é-/"),
        *("http://010.0.0.1/", "http://1.2.3.256/", "http://" + "a" * 64 + ".org/", "http://" + "a." * 130 + "org/"),
        *("http://example.org/" + "a" * 100_000, "http://example.org/\ud800", "http://example.org/\x85"),
    ],
)
def test_what_is_no_address_to_fetch_is_refused_in_plain_words(text: str) -> None:
    with pytest.raises(RefusedAddress, match=r"^refused address: "):
        parse_address(text)


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("/b", "https://example.org/b"),
        ("b?x", "https://example.org/a/b?x"),
        ("//other.example/c", "https://other.example/c"),
        ("http://other.example", "http://other.example/"),
        ("", "https://example.org/a/page"),
        ("?q", "https://example.org/a/page?q"),
        ("/café", "https://example.org/caf%C3%A9"),
        (" /b ", "https://example.org/b"),
    ],
)
def test_a_reference_means_what_it_means_at_its_page(reference: str, url: str) -> None:
    assert resolve(parse_address("https://example.org/a/page"), reference).url == url


@pytest.mark.parametrize("reference", ["http://[::1", "javascript:x", "/a\tb", "//user@host/", "http://[::1]x", "/%00"])
def test_a_reference_to_nowhere_is_refused(reference: str) -> None:
    with pytest.raises(RefusedAddress):
        resolve(parse_address("https://example.org/"), reference)


def test_an_origin_is_scheme_host_and_port() -> None:
    origins = {parse_address(url).origin for url in ("http://a/x", "http://a:80/y", "https://a/", "http://a:8080/")}
    assert origins == {"http://a", "https://a", "http://a:8080"}


hosts = st.from_regex(r"[a-z0-9-]{1,5}(\.[a-zé]{1,5}){0,2}|\[[0-9a-f:]{2,8}\]|[0-9.]{1,9}", fullmatch=True)
urls = st.builds(
    "{}://{}{}/{}".format, st.sampled_from(["http", "https", "HTTP"]), hosts, st.just(""), st.text(max_size=30)
)


@given(urls)
def test_the_normal_form_is_one_and_httpx_sends_it_as_it_is(text: str) -> None:
    try:
        address = parse_address(text)
    except RefusedAddress:
        return
    assert parse_address(address.url) == address
    sent = httpx.URL(address.url)
    assert (str(sent), sent.raw_host.decode(), sent.raw_path.decode()) == (address.url, address.host, address.target)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_an_address_or_refused_in_one_line(text: str, reference: str) -> None:
    with contextlib.suppress(RefusedAddress):
        assert parse_address(text).url.isprintable()
    with contextlib.suppress(RefusedAddress):
        assert resolve(parse_address("http://a/b"), reference).url.isprintable()
