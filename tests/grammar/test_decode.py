"""From bytes to text as browsers do it; bad inputs give a text all the same, or say why not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meeruit.tasks.decoding.charsets import encoding_of
from meeruit.tasks.decoding.decode import decode
from meeruit.tasks.decoding.prescan import prescan
from meeruit.tasks.decoding.sniff import looks_html, refuse_binary
from meeruit.tasks.errors import Unreadable
from meeruit.tasks.extract import extract
from meeruit.tasks.records import Page
from tests.grammar.reading import block_of, headed, read, texts_of

CASES = Path(__file__).parents[1] / "cases"
BODY = "Eén coöperatie - “zo’n” brug kost €5."
PAGE = headed(f"GOES - {BODY}", "2 uur geleden")
RUSSIAN = '<meta charset="windows-1251"><h2>Meer uit Москва</h2><div><p>GOES - Привет.</p><p>2 uur geleden</p></div>'


@pytest.mark.parametrize(
    "body", [b"", b" ", b"\n\n\t ", b"\xef\xbb\xbf", b"\xff\xfe", b"\0", b"\0" * 1000, b"\xef\xbb\xbf \n"]
)
@pytest.mark.parametrize("media_type", ["", "text/html", "text/plain"])
def test_1_to_3_a_page_of_nothing_has_no_blocks(body: bytes, media_type: str) -> None:
    extraction = read(body, media_type=media_type)
    assert (extraction.blocks, extraction.lead) == ((), None)


@pytest.mark.parametrize("kind", ["text", "html"])
def test_4_nuls_are_dropped(kind: str) -> None:
    page = (
        PAGE if kind == "text" else f"<h2>Meer uit Buitenland</h2><div><p>GOES - {BODY}</p><p>2 uur geleden</p></div>"
    )
    raw = page.encode().replace(b"brug", b"br\0ug").replace(b"Buiten", b"Bui\0ten")
    assert block_of(raw).section == "Buitenland"
    assert texts_of(raw) == [BODY]


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16le"), ("windows-1252", "windows-1252")],
)
def test_6_7_16_a_page_reads_the_same_in_every_encoding_that_it_can_be_told_by(codec: str, encoding: str) -> None:
    extraction = read(PAGE.encode(codec))
    assert [item.text for _, item in extraction.items()] == [BODY]
    assert (extraction.encoding, extraction.replaced) == (encoding, 0)


def test_7_utf_16_with_a_mark_in_either_order() -> None:
    for mark, codec in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        assert texts_of(mark + PAGE.encode(codec)) == [BODY]


def test_8_utf_16_without_a_mark_shows_as_unread() -> None:
    extraction = read(PAGE.encode("utf-16-le"))
    assert extraction.blocks == ()
    assert extraction.replaced > len(PAGE) / 2


def test_9_to_12_who_says_what_the_encoding_is() -> None:
    body = RUSSIAN.encode("windows-1251")
    assert read(body, media_type="text/html").encoding == "windows-1251"
    assert read(body, media_type="text/html; charset=cp1251").encoding == "windows-1251"
    assert read(body, media_type='text/html;Charset="koi8-r"').encoding == "koi8-r"
    assert read(b"\xef\xbb\xbf" + RUSSIAN.encode(), media_type="text/html; charset=windows-1251").encoding == "utf-8"
    assert texts_of(body) == ["Привет."]


@pytest.mark.parametrize("label", ["base64", "rot13", "unknown", "x" * 100_000, "", "utf-8\0", "zlib", "hex", "idna"])
def test_13_labels_that_browsers_do_not_know_mean_nothing(label: str) -> None:
    assert encoding_of(label) is None
    assert decode(b"caf\xc3\xa9", f"text/html; charset={label}").text == "café"
    assert decode(f'<meta charset="{label}">café'.encode()).text.endswith("café")


def test_14_a_meta_behind_the_first_1024_bytes_is_too_late() -> None:
    meta = b'<meta charset="windows-1251">'
    assert prescan(b" " * (1024 - len(meta)) + meta) == "windows-1251"
    assert prescan(b" " * (1025 - len(meta)) + meta) is None


@pytest.mark.parametrize("label", ["iso-8859-1", "latin1", "us-ascii", "ISO_8859-1:1987", " windows-1252\n"])
def test_15_latin_1_is_windows_1252(label: str) -> None:
    decoded = decode(b"\x93ja\x94 \x80 \x81", f"text/plain; charset={label.strip()}")
    assert (decoded.text, decoded.encoding, decoded.replaced) == ("“ja” € \x81", "windows-1252", 0)
    assert encoding_of(label) == "windows-1252"


@pytest.mark.parametrize(
    ("bad", "replaced"),
    [(b"\xff", 1), (b"\xc0\xaf", 2), (b"\xed\xa0\x80", 3), (b"\xf4\x90\x80\x80", 4), (b"\xe2\x82", 1)],
)
def test_16_bad_sequences_of_a_declared_utf_8_are_replaced_and_counted(bad: bytes, replaced: int) -> None:
    decoded = decode(b"een" + bad + b"twee", "text/plain; charset=utf-8")
    assert (decoded.text, decoded.replaced) == ("een" + "\ufffd" * replaced + "twee", replaced)


def test_a_replacement_character_that_was_meant_is_not_counted() -> None:
    assert decode("een \ufffd twee".encode(), "text/plain; charset=utf-8").replaced == 0
    assert decode("één \ufffd twee".encode() + b"\xff" + b" " * 1000).replaced == 1


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_utf_8_that_lost_the_end_of_its_last_letter_is_utf_8(lost: int) -> None:
    decoded = decode("één 😀".encode()[:-lost])
    assert (decoded.text, decoded.encoding, decoded.replaced) == ("één \ufffd", "utf-8", 1)


@pytest.mark.parametrize(
    ("length", "faults", "encoding"),
    [(1000, 1, "utf-8"), (999, 1, "windows-1252"), (5000, 5, "utf-8"), (5000, 6, "windows-1252")],
)
def test_one_bad_sequence_in_1000_bytes_is_still_utf_8(length: int, faults: int, encoding: str) -> None:
    body = (b"\xff" * faults + "é".encode()).ljust(length, b".")
    decoded = decode(body)
    assert (decoded.encoding, decoded.replaced) == (encoding, faults if encoding == "utf-8" else 0)


@pytest.mark.parametrize("length", [5, 1_000, 100_000])
@pytest.mark.parametrize("end", [b".", b"", b"\n</html>"])
def test_without_one_letter_of_utf_8_a_page_is_windows_1252(length: int, end: bytes) -> None:
    decoded = decode("het café".encode("cp1252").rjust(length, b".") + end)
    assert (decoded.encoding, decoded.replaced) == ("windows-1252", 0)
    assert decoded.text.endswith("café" + end.decode())


DECLARED = '<meta charset="iso-8859-1"><p>'


@pytest.mark.parametrize("codec", ["utf-8", "windows-1252"])
@pytest.mark.parametrize("lost", [0, 1])
def test_bytes_that_can_only_be_utf_8_overrule_a_meta(codec: str, lost: int) -> None:
    body = (DECLARED + BODY).encode(codec)
    assert decode(body[: len(body) - lost]).encoding == codec
    cut = (DECLARED + BODY + "é").encode(codec)
    assert decode(cut[: len(cut) - lost]).encoding == codec


@pytest.mark.parametrize(
    ("text", "encoding"), [("é", "windows-1252"), ("éé", "windows-1252"), ("ééé", "utf-8"), ("", "windows-1252")]
)
def test_one_or_two_letters_that_may_be_utf_8_overrule_nothing(text: str, encoding: str) -> None:
    assert decode((DECLARED + text).encode()).encoding == encoding


@pytest.mark.parametrize("bad", [b"\xff", b"\xe9 "])
def test_one_bad_sequence_and_the_meta_holds(bad: bytes) -> None:
    assert decode((DECLARED + BODY).encode() + bad + b"</p>").encoding == "windows-1252"


def test_a_header_wins_over_bytes_that_can_only_be_utf_8() -> None:
    body = (DECLARED + BODY).encode()
    assert decode(body, "text/html; charset=windows-1252").encoding == "windows-1252"
    assert decode(body, "text/html; charset=unknown").encoding == "utf-8"


def test_a_page_with_a_wrong_meta_is_read_letter_by_letter() -> None:
    page = (CASES / "declared-charset-is-wrong.html").read_bytes()
    assert [item.place for _, item in read(page).items()][1] == "ÎLE LONGUE"
    assert "coördinator" in texts_of(page)[0]


def test_20_to_22_what_must_stay_stays() -> None:
    body = "Emoji 👩‍👩‍👧 en עברית &amp;#x0; x&#1114112;y R&amp;D"
    assert texts_of(headed(f"GOES - {body}", "2 uur geleden")) == ["Emoji 👩‍👩‍👧 en עברית &#x0; x\ufffdy R&D"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\u2028"])
@pytest.mark.parametrize("space", [" ", "\u00a0", "&nbsp;", "  "])
def test_21_line_ends_and_spaces_make_no_other_item(newline: str, space: str) -> None:
    assert texts_of(PAGE.replace("2 uur geleden", "2~uur~geleden").replace("~", space).replace("\n", newline)) == [BODY]


@pytest.mark.parametrize("codec", ["shift_jis", "euc-jp", "gb18030", "big5", "euc-kr"])
def test_east_asian_encodings_by_their_labels(codec: str) -> None:
    decoded = decode("日本中".encode(codec if codec != "euc-kr" else "cp949"), f"text/html; charset={codec}")
    assert (decoded.text, decoded.encoding) == ("日本中", codec)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("gb2312", "gbk"),
        ("ks_c_5601-1987", "euc-kr"),
        ("utf-16", "utf-16le"),
        ("l5", "windows-1254"),
        ("iso-8859-9", "windows-1254"),
        ("tis-620", "windows-874"),
        ("unicode-1-1-utf-8", "utf-8"),
        ("visual", "iso-8859-8"),
        ("iso-2022-kr", "replacement"),
    ],
)
def test_labels_by_the_table_of_the_standard(label: str, name: str) -> None:
    assert encoding_of(label.upper()) == name


def test_encodings_that_browsers_read_in_a_way_of_their_own() -> None:
    assert decode(b"abc", "text/html; charset=iso-2022-cn").text == "\ufffd"
    assert decode(b"a\x80\xff", "text/html; charset=x-user-defined").text == "a\uf780\uf7ff"
    assert decode(b"\xaa", "text/html; charset=windows-1253").text == "\ufffd"


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<meta charset="koi8-r">', "koi8-r"),
        ("<meta charset=koi8-r>", "koi8-r"),
        ("<META CHARSET='KOI8-R'/>", "koi8-r"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">', "koi8-r"),
        ('<meta content="text/html; charset=koi8-r" http-equiv=content-type>', "koi8-r"),
        ('<meta content="text/html; charset=koi8-r">', None),
        ('<meta name="x" content="charset=koi8-r">', None),
        ("<!-- <meta charset=koi8-r> -->", None),
        ("<!--><meta charset=koi8-r> -->", "koi8-r"),
        ('<a title="<meta charset=koi8-r>">', None),
        ("<title>x</title><meta charset=unknown><meta charset=koi8-r>", "koi8-r"),
        ("<meta charset=utf-16>", "utf-8"),
        ("<meta charset=x-user-defined>", "windows-1252"),
        ('<?xml version="1.0" encoding="koi8-r"?>', "koi8-r"),
        ("<meta charset=utf-8 charset=koi8-r>", "utf-8"),
        ("<metacharset=koi8-r>", None),
        ("a < b <3 <meta charset=koi8-r>", "koi8-r"),
        ("<meta charset=koi8-r", None),
        ("<!doctype html><?php x ?></br><meta charset=koi8-r>", "koi8-r"),
    ],
)
def test_what_a_page_declares_in_its_first_bytes(head: str, encoding: str | None) -> None:
    assert prescan(head.encode()) == encoding


def test_text_has_no_meta() -> None:
    page = headed("GOES - Zo: <meta charset=koi8-r> één.", "2 uur geleden")
    assert read(page, media_type="text/plain").encoding == "utf-8"


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"\x89PNG\r\n\x1a\n....", "a PNG image"),
        (b"\xff\xd8\xff\xe0....", "a JPEG image"),
        (b"GIF89a....", "a GIF image"),
        (b"II*\0....", "a TIFF image"),
        (b"%PDF-1.7 ....", "a PDF"),
        (b"PK\x03\x04....", "a zip file"),
        (b"\x1f\x8b\x08....", "a gzip file"),
        (b"BZh91AY&SY....", "a bzip2 file"),
        (b"ID3\x03....", "an MP3 file"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "an image, sound or video"),
        (b"\0\0\0\x20ftypisom", "an image, sound or video"),
        (b"\x7fELF\x02\x01\x01", "a program"),
        (bytes(range(1, 32)) * 20, "binary data"),
        (b"WARC/1.0\r\nWARC-Type: response\r\n", "a web archive"),
        (
            b'From: <Saved by Blink>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="x"',
            "an MHTML archive",
        ),
        (
            b'{"url": "https://n.example/", "observed_at": "2026-03-02T14:05:00Z", "text": "Meer uit Zee"}\n',
            "a record in JSON",
        ),
        (b'{"text": "Meer uit Zee\\nGOES - Bericht."}', "a record in JSON"),
        (
            b'{"status": "ok", "total": 2, "articles": [{"url": "https://n.example/"',
            r"a JSON object whose records stand in articles; make lines of them: jq -c '\.articles\[\]'",
        ),
        (b'{"response": {"tags": ["a", "b"], "docs": [\n{', r"a JSON object .* jq -c '\.response\.docs\[\]'"),
        (b'\xef\xbb\xbf\n{"odd key": [{', "a JSON object that holds records; write them as JSON Lines"),
        (b"url,date,text\r\nhttps://n.example/,2026-03-02,Meer uit Zee\r\n", "a table of pages"),
        (b'\xef\xbb\xbf"Title";"HTML"\n"a";"<p>b"\n', "a table of pages"),
    ],
)
@pytest.mark.parametrize("media_type", ["", "text/html", "text/plain"])
def test_53_what_is_no_page_is_refused_whatever_it_is_declared_as(body: bytes, what: str, media_type: str) -> None:
    with pytest.raises(Unreadable, match=f"not a page but {what}"):
        read(body, media_type=media_type)


@pytest.mark.parametrize(
    "text",
    [
        b"", b"BMW wint", b"%PD", b"PK", b"BZhoe", b"<!doctype html>", b"\xff\xfeM\0", b"ID3 en GIF", b"RIFF",
        b"{[{", b'{"a": [1, 2], "b": {"c": 3}}', b"{" * 1024, b'{"a":[[' * 170, b'{"' + b"\\" * 1022,
        b'{Zeeland} "text": ja', b"Text, url en meer\nGoes", b"From: Goes\nEen brief.", b"html, text",
    ],
)  # fmt: skip
def test_text_is_not_taken_for_an_image(text: bytes) -> None:
    refuse_binary(text)


def test_a_few_control_characters_make_no_binary() -> None:
    assert texts_of(PAGE.replace("kost", "\x1b[1mkost\x08")) == [BODY.replace("kost", "\x1b[1mkost\x08")]


@pytest.mark.parametrize(
    ("body", "is_html"),
    [
        ("\n" + PAGE, False),
        (PAGE.replace("brug", "<brug> a<b en <i>x</i>"), False),
        ("<!doctype html><p>x", True),
        ("  \n<!-- x --><p>x", True),
        ("<?xml version='1.0'?><html>", True),
        ("<ul><li>x</ul>", True),
        ("<em>x</em> y", True),
        ("Kop<br>een<br>twee<br>drie", True),
        ("Kop <em>x</em><p>een</p><p>twee</p>", True),
        ("<3 hartjes", False),
        ("", False),
    ],
)
def test_html_is_told_from_text_by_its_looks(body: str, is_html: bool) -> None:
    assert looks_html(body) is is_html


def test_the_media_type_decides_where_it_says() -> None:
    html = "<h2>Meer uit Sport</h2><div><p>GOES - Een <b>vet</b> woord.</p><p>2 uur geleden</p></div>"
    assert texts_of(html, media_type="Text/HTML; charset=utf-8") == ["Een vet woord."]
    assert texts_of(html, media_type="application/octet-stream") == ["Een vet woord."]
    assert texts_of(html, media_type="text/plain") == []
    text = headed("GOES - Een <b>vet</b> woord.", "2 uur geleden")
    assert texts_of(text, media_type="text/plain") == ["Een <b>vet</b> woord."]


def test_a_page_over_ten_megabytes_is_refused() -> None:
    with pytest.raises(Unreadable, match="a page of 10,000,001 bytes, more than 10,000,000"):
        extract(Page(b"x" * 10_000_001))


@given(
    st.binary(max_size=400),
    st.sampled_from(["", "text/html", "text/plain", "text/html; charset=utf-16", "x; charset=gbk"]),
)
def test_any_bytes_decode(body: bytes, media_type: str) -> None:
    decoded = decode(body, media_type)
    decoded.text.encode()
    assert "\0" not in decoded.text
    assert decoded.replaced >= 0
