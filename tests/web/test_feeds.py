from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from meeruit.tasks.errors import Unreadable
from meeruit.tasks.web.feeds import MAX_LINKS, Feed, read_feed
from tests.cost import IN_STEP, growth

URL = "https://example.org/feeds/abroad.xml"


def links(body: bytes, *, url: str, media_type: str = "") -> tuple[str, ...]:
    return read_feed(body, url=url, media_type=media_type).links


def rss(*items: str, head: str = "") -> bytes:
    body = "".join(f"<item><title>t</title>{item}</item>" for item in items)
    return f'<?xml version="1.0"?>{head}<rss version="2.0"><channel><title>c</title>{body}</channel></rss>'.encode()


def atom(*entries: str, attributes: str = "") -> bytes:
    body = "".join(f"<entry><title>t</title>{entry}</entry>" for entry in entries)
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}>{body}</feed>'.encode()


def link(path: str) -> str:
    return f"<link>{path}</link>"


def test_the_links_of_an_rss_feed_come_in_its_order_each_once() -> None:
    body = rss(link("https://example.org/2"), link("https://example.org/1"), link("https://example.org/2#x"))
    assert links(body, url=URL) == ("https://example.org/2", "https://example.org/1")


@pytest.mark.parametrize(
    "entry",
    [
        '<link href="https://example.org/1"/>',
        '<link rel="alternate" href="/1"/>',
        '<link rel="self" href="/self"/><link rel="alternate" type="text/html" href="/1"/>',
        '<link rel="enclosure" href="/film.mp4"/><link href="/1"/>',
        '<link href="../1"/>',
        '<author><name>N</name><email>a@b.example</email></author><link href="/1"/><id>tag:1</id>',
    ],
)
def test_the_link_of_an_atom_entry_is_its_page(entry: str) -> None:
    assert links(atom(entry), url=URL) == ("https://example.org/1",)


@pytest.mark.parametrize(
    ("item", "found"),
    [
        (link("/1"), ["https://example.org/1"]),
        (link("//other.example/1"), ["https://other.example/1"]),
        (link(" https://example.org/1\n"), ["https://example.org/1"]),
        (link("<![CDATA[https://example.org/1?a=b&c=d]]>"), ["https://example.org/1?a=b&c=d"]),
        (link("https://example.org/1?a=b&amp;c=d"), ["https://example.org/1?a=b&c=d"]),
        (link("https://example.org/caf\u00e9"), ["https://example.org/caf%C3%A9"]),
        ("<guid>https://example.org/1</guid>", ["https://example.org/1"]),
        ('<guid isPermaLink="false">17</guid>', []),
        ("<description>no link</description>", []),
        (link("javascript:alert(1)"), []),
        (link("file:///etc/passwd"), []),
        (link("https://user:pass@example.org/"), []),
        (link("http://[::1"), []),
        (link("https://example.org/" + "a" * 9000), []),
    ],
)
def test_only_what_can_be_fetched_is_a_link(item: str, found: list[str]) -> None:
    assert list(links(rss(item), url=URL)) == found


def test_xml_base_says_where_relative_links_start() -> None:
    body = atom('<link href="1"/>', attributes='xml:base="https://other.example/x/"')
    assert links(body, url=URL) == ("https://other.example/x/1",)


def test_rss_1_0_is_read() -> None:
    body = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
    <channel rdf:about="x"><title>c</title></channel><item rdf:about="x"><link>https://example.org/1</link></item></rdf:RDF>"""
    assert links(body, url=URL) == ("https://example.org/1",)


@pytest.mark.parametrize(
    "body",
    [
        rss(link("https://example.org/1"), link("https://example.org/2"))[:-20],
        rss("<title>a & b</title>" + link("https://example.org/1"), link("https://example.org/2")),
        rss("<b>&nbsp;</i>" + link("https://example.org/1"), link("https://example.org/2")),
        b"\n\n" + rss(link("https://example.org/1"), link("https://example.org/2")),
        rss("\x01" + link("https://example.org/1"), link("https://example.org/2")),
    ],
    ids=["cut off", "bare ampersand", "misnested", "blank lines first", "control character"],
)
def test_a_broken_feed_gives_what_it_holds(body: bytes) -> None:
    assert links(body, url=URL) == ("https://example.org/1", "https://example.org/2")


@pytest.mark.parametrize(
    ("encoding", "media_type"),
    [
        ("utf-8", "application/rss+xml"),
        ("utf-8", "text/xml"),
        ("utf-8", "text/html; charset=base64"),
        ("utf-8", "application/rss+xml; charset=punycode"),
        ("utf-8-sig", ""),
        ("utf-16", "application/rss+xml"),
        ("iso-8859-1", "application/rss+xml; charset=ISO-8859-1"),
        ("windows-1252", "application/rss+xml; charset=utf-8"),
    ],
)
def test_a_feed_is_read_in_its_encoding(encoding: str, media_type: str) -> None:
    body = rss(link("https://example.org/café")).decode().encode(encoding)
    assert links(body, url=URL, media_type=media_type) == ("https://example.org/caf%C3%A9",)


def test_the_declared_encoding_counts_where_no_header_names_one() -> None:
    body = '<?xml version="1.0" encoding="iso-8859-15"?><rss><channel><item><link>/€</link></item></channel></rss>'
    assert links(body.encode("iso-8859-15"), url=URL) == ("https://example.org/%E2%82%AC",)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("media_type", ["", "text/xml; charset=utf-16", "text/xml; charset=utf-8"])
def test_utf_16_is_read_without_a_byte_order_mark(encoding: str, media_type: str) -> None:
    body = '<?xml version="1.0" encoding="utf-16"?><rss><channel><item><link>/\u20ac</link></item></channel></rss>'
    assert links(body.encode(encoding), url=URL, media_type=media_type) == ("https://example.org/%E2%82%AC",)


def test_an_encoding_that_does_not_exist_is_no_obstacle() -> None:
    body = rss(link("https://example.org/1"))
    for charset in ("iso-8859-12", "iso-8859-99", "latin-9", "rot13", "zlib", "mbcs", "utf-16"):
        assert links(body, url=URL, media_type=f"text/xml; charset={charset}") == ("https://example.org/1",)


def test_a_feed_that_is_too_long_is_read_as_far_as_it_goes() -> None:
    long = f"<description>{'é' * 60_000}</description>"
    for shift in range(2):
        body = rss("x" * shift + link("https://example.org/é"), *[long] * 20)
        assert len(body) > 2_000_000
        assert links(body, url=URL) == ("https://example.org/%C3%A9",)


@pytest.mark.parametrize(
    "body", [b"", b" ", b"<html><a href='/1'>1</a></html>", b"\0" * 99, b'{"version": 1}', b"<x/>"]
)
def test_what_is_no_feed_is_named(body: bytes) -> None:
    with pytest.raises(Unreadable, match=r"^no feed"):
        links(body, url=URL, media_type="text/html")


def test_a_feed_without_entries_is_a_feed() -> None:
    assert links(rss(), url=URL) == ()


def test_links_are_bounded() -> None:
    found = links(rss(*(link(f"/{n}") for n in range(1500))), url=URL)
    assert found == tuple(f"https://example.org/{n}" for n in range(MAX_LINKS))


def dated(number: int, date: str, prose: str = "") -> str:
    return f"{link(f'/{number}')}<description>{prose}</description>{date}"


def day(number: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)


DATES: dict[str, Callable[[int], str]] = {
    "RSS": lambda n: f"<pubDate>{format_datetime(day(n))}</pubDate>",
    "Dublin Core": lambda n: f"<dc:date>{day(n).isoformat()}</dc:date>",
    "both": lambda n: f"<updated>2026-09-09T00:00:00Z</updated><published>{day(n).isoformat()}</published>",
}


@pytest.mark.parametrize("date", DATES.values(), ids=DATES)
@pytest.mark.parametrize("order", ["oldest first", "newest first", "shuffled"])
def test_of_a_long_feed_in_any_order_the_newest_links_are_taken(date: Callable[[int], str], order: str) -> None:
    numbers = list(range(1500))
    if order == "shuffled":
        random.Random(1).shuffle(numbers)
    elif order == "newest first":
        numbers.reverse()
    found = links(rss(*(dated(n, date(n)) for n in numbers)), url=URL)
    assert found == tuple(f"https://example.org/{n}" for n in numbers if n >= 500)


def test_a_feed_of_eight_megabytes_with_its_newest_at_the_end_yields_them() -> None:
    prose = "<![CDATA[<p>" + "é" * 1_900 + "</p>]]>"
    body = rss(*(dated(n, DATES["RSS"](n), prose) for n in range(2_000)))
    assert len(body) > 7_000_000
    assert links(body, url=URL) == tuple(f"https://example.org/{n}" for n in range(1_000, 2_000))


def test_an_entry_without_a_date_counts_as_the_one_above_it() -> None:
    entries = [dated(n, "" if n % 3 == 0 else DATES["RSS"](n)) for n in range(1500)]
    found = links(rss(*entries), url=URL)
    assert found[-1] == "https://example.org/1499"
    assert len(found) == MAX_LINKS
    assert "https://example.org/1" not in found


def test_the_page_of_an_entry_is_never_an_enclosure_or_a_picture() -> None:
    picture = "<image><url>https://example.org/i.jpg</url><link>https://example.org/img</link></image>"
    late = '<link rel="enclosure" type="image/jpeg">https://example.org/i.jpg</link>'
    assert links(rss(link("/1") + picture, picture + link("/2")), url=URL) == (
        "https://example.org/1",
        "https://example.org/2",
    )
    assert links(atom('<link rel="alternate" type="text/html" href="/1"/>' + late), url=URL) == (
        "https://example.org/1",
    )
    assert links(atom('<link rel="enclosure" href="/film.mp4"/><id>tag:1</id>'), url=URL) == ()


@pytest.mark.parametrize("empty", ["<link/>", "<link />", "<link></link>", "<link>\n </link>"])
def test_an_empty_link_leaves_the_page_to_the_guid(empty: str) -> None:
    guid = "<guid{}>https://example.org/1</guid>"
    assert links(rss(empty + guid.format("")), url=URL) == ("https://example.org/1",)
    assert links(rss(empty + guid.format(' isPermaLink="false"')), url=URL) == ()


@pytest.mark.parametrize(
    "empty", ["<link><![CDATA[]]></link>", "<link><![CDATA[ ]]>\n</link>", "<link><!-- none --></link>"]
)
def test_a_link_of_an_empty_cdata_or_a_comment_is_empty(empty: str) -> None:
    assert links(rss(empty + "<guid>https://example.org/1</guid>"), url=URL) == ("https://example.org/1",)


@pytest.mark.parametrize(
    "kind", ["text/html; charset=utf-8", "TEXT/HTML", "application/xhtml+xml;charset=UTF-8", "html"]
)
def test_an_alternate_is_html_whatever_its_type_says_beside_that(kind: str) -> None:
    assert links(atom(f'<link rel="alternate" type="{kind}" href="/1"/>'), url=URL) == ("https://example.org/1",)


QUERY = "https://example.org/?id=1&lang=nl&prod=2&image=3&copy=4&amp=5&x"
ESCAPED = QUERY.replace("&", "&amp;")


@pytest.mark.parametrize("tail", ["</channel></rss>", "", "<title>a&nbsp;b</title></channel></rss>"])
@pytest.mark.parametrize("address", [QUERY, ESCAPED, f"<![CDATA[{QUERY}]]>", QUERY.replace("&", "&#38;")])
@pytest.mark.parametrize("name", ["link", "guid"])
def test_an_ampersand_is_one_whether_it_is_escaped_or_not(name: str, address: str, tail: str) -> None:
    body = f'<rss version="2.0"><channel><item><{name}>{address}</{name}></item>{tail}'.encode()
    assert links(body, url=URL) == (QUERY,)


@pytest.mark.parametrize("address", [QUERY, ESCAPED])
def test_an_ampersand_in_an_attribute_is_one_whether_it_is_escaped_or_not(address: str) -> None:
    assert links(atom(f'<link href="{address}"/>'), url=URL) == (QUERY,)


def test_what_comments_and_cdata_hold_ends_no_entry_and_begins_none() -> None:
    cdata = "<description><![CDATA[</item><image src='a'><link>/no</link>]]></description>"
    comment = "<!-- <image> </item> <item><link>/no</link> -->"
    picture = "<image><url>/i.jpg</url></image>"
    body = rss(cdata + link("/1"), comment + link("/2"), picture + link("/3"))
    assert links(body, url=URL) == tuple(f"https://example.org/{n}" for n in (1, 2, 3))


@pytest.mark.parametrize("opening", ["<!--", "<![CDATA["])
def test_what_never_ends_takes_nothing_before_it_along(opening: str) -> None:
    body = rss(link("https://example.org/1"), link("https://example.org/2") + opening)
    assert links(body, url=URL) == ("https://example.org/1", "https://example.org/2")


def test_entries_are_counted_whether_they_have_a_link_or_not() -> None:
    assert read_feed(rss(link("/1"), link("mailto:a@example.org"), ""), url=URL) == Feed(("https://example.org/1",), 3)
    assert read_feed(rss(), url=URL) == Feed((), 0)


def test_an_alternate_that_is_no_html_is_not_the_page() -> None:
    entry = '<link rel="alternate" type="application/json" href="/1.json"/><link rel="alternate" href="/1"/>'
    assert links(atom(entry), url=URL) == ("https://example.org/1",)


LAUGHS = (
    "<!DOCTYPE x [<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)) + "]>"
)


def test_entities_neither_blow_up_nor_read_files() -> None:
    assert links(rss(link("/1"), "<title>&a11;</title>", head=LAUGHS), url=URL) == ("https://example.org/1",)
    external = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    assert not any("root" in found for found in links(rss(link("/&a;"), head=external), url=URL))


@pytest.mark.parametrize(
    "body",
    [
        lambda n: b"<rss version='2.0'><item " + b" ".join(b"a%d=''" % i for i in range(n * 100)) + b"/></rss>",
        lambda n: b"<rss version='2.0'>" + (b"<a " + b" ".join(b"a%d=''" % i for i in range(900)) + b"/>") * (n // 4),
        lambda n: b"<rss version='2.0'>" + b"".join(b"<x%d:a xmlns:x%d='u%d'/>" % (i, i, i) for i in range(n * 30)),
        lambda n: b"<rss version='2.0'><channel>" + b"<a>" * (n * 150),
        lambda n: b"<rss version='2.0'><channel>" + b"<item xml:base='x/'>" * (n * 50),
        lambda n: (
            b"<rss version='2.0'><channel><item><author>" + b"a" * (n * 1_800) + b"</author></item></channel></rss>"
        ),
        lambda n: b"<rss version='2.0'><item><dc:creator>" + b"a" * (n * 1_800) + b"</dc:creator></item></rss>",
        lambda n: b"<?xml version='1.0' encoding='punycode'?>" + b"a-" * (n * 900),
        lambda n: b"<rss version='2.0'>" + b"<!ENTITY " * (n * 200),
        lambda n: b"<rss version='2.0'>" + b"<a" * (n * 225),
        lambda n: b"<rss version='2.0'>" + b"<item>" * (n * 400),
        lambda n: b"<rss version='2.0'>" + b"<item><description>" * (n * 90),
        lambda n: b"<rss version='2.0'>" + b"<item><pubDate>" * (n * 90) + b"<pubDate " * (n * 900),
        lambda n: b"<rss version='2.0'><item>" + b"<link>" * (n * 400),
        lambda n: b"<rss version='2.0'><item>" + b"<!--" * (n * 400),
        lambda n: b"<rss version='2.0'><item>" + b"<![CDATA[" * (n * 200),
        lambda n: b"<rss version='2.0'><item>" + b"<link><!---->" * (n * 150),
        lambda n: b"<rss version='2.0'><item><link>" + b"&" * (n * 1_800),
        lambda n: b"<rss version='2.0'><item><link>" + b"&a" * (n * 900),
    ],
    ids=(
        "attributes tags namespaces depth bases author creator punycode entities opens items prose dates links"
        " comments cdata empty ampersands names"
    ).split(),
)
def test_what_a_feed_costs_grows_in_step_with_its_length_whatever_it_holds(body: Callable[[int], bytes]) -> None:
    def read(feed: bytes) -> None:
        with contextlib.suppress(Unreadable):
            links(feed, url=URL)

    assert growth(body, read, 6) < IN_STEP


def test_what_the_library_stumbles_over_does_not_reach_it() -> None:
    """feedparser 6.0.14 raises KeyError over a place that stands alone, and the whole feed is lost."""
    body = rss('<gml:pos xmlns:gml="http://www.opengis.net/gml">1 2</gml:pos>' + link("/1"))
    assert links(body, url=URL) == ("https://example.org/1",)


def test_the_source_of_an_entry_is_not_its_page() -> None:
    body = atom('<link href="/1"/><source><id>s</id><link href="https://other.example/"/></source>')
    assert links(body, url=URL) == ("https://example.org/1",)


names = st.sampled_from(
    ["rss", "channel", "item", "link", "feed", "entry", "guid", "title", "content:encoded", "x", "gml:pos"]
)
markup = st.lists(
    st.one_of(
        names.map("<{}>".format),
        names.map("</{}>".format),
        st.sampled_from(
            ["<link href='/1'/>", "<![CDATA[", "]]>", "&a;", "<!--", "-->", "<?xml ?>", "<!DOCTYPE", "<", "&"]
        ),
        st.text(max_size=8),
    ),
    max_size=30,
).map("".join)


@given(markup, st.sampled_from(["", "text/xml; charset=utf-16", "application/atom+xml"]))
@example("<rss><channel><item><link>http://[</link>", "")
def test_any_text_is_a_feed_or_named(text: str, media_type: str) -> None:
    try:
        found = links(text.encode("utf-8", "replace"), url=URL, media_type=media_type)
    except Unreadable:
        return
    assert all(one.startswith(("http://", "https://")) for one in found)
