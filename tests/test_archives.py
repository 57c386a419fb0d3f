"""The archives of other tools: each page of them once, whatever they are packed in; what is broken named with its place."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from meeruit.tasks import zstd
from meeruit.tasks.captures import BATCH_PAGES, Raw
from meeruit.tasks.disk.columns import read_columns
from meeruit.tasks.disk.found import Found, Reached, is_reference
from meeruit.tasks.disk.read import read_file
from meeruit.tasks.disk.slices import read_slice, split_slice
from meeruit.tasks.disk.targets import find
from meeruit.tasks.errors import UsageError
from meeruit.tasks.references import File, Problem, Slice
from tests.archives import DATE, answer, as_csv, as_lines, as_parquet, packed, record, text

AT = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
GOOD = b"<p>good"
ROWS: list[dict[str, object]] = [
    {"text": f'line one of {n}\nsaid: "two; three"', "url": f"https://x.example/{n}", "date": DATE, "other": n}
    for n in range(BATCH_PAGES + 50)
]


def look(path: Path, columns: str | None = None, begin: Reached | None = None) -> list[Found]:
    return list(find([str(path)], io.BytesIO(), columns, lambda _path: begin))


def pages(found: list[Found]) -> list[Raw]:
    """Every page that was found, read."""
    raws: list[Raw] = []
    for each in found:
        if is_reference(each) and isinstance(each[0], Slice):
            raws += read_slice(each[0])
        elif is_reference(each) and isinstance(each[0], Problem):
            raws.append(Raw(each[0].address, each[0], problem=each[0].problem))
    return raws


WET = [
    record("warcinfo", None, b"software: none\r\n", media="application/warc-fields"),
    *(record("conversion", str(row["url"]), str(row["text"]).encode(), media="text/plain") for row in ROWS),
]
KINDS: dict[str, Callable[[], bytes]] = {
    **{f"p.jsonl{end}": (lambda end=end: packed(f"p.jsonl{end}", [as_lines(ROWS)])) for end in ("", ".gz", ".zst")},  # type: ignore[misc]
    **{f"p.csv{end}": (lambda end=end: packed(f"p.csv{end}", [as_csv(ROWS)])) for end in ("", ".gz", ".zst")},  # type: ignore[misc]
    "p.tsv": lambda: as_csv(ROWS, "\t"),
    "semicolons.csv": lambda: as_csv(ROWS, ";"),
    "p.parquet": lambda: as_parquet(ROWS),
    "small-groups.parquet": lambda: as_parquet(ROWS, row_group=90),
    **{
        f"p.warc.wet{end}": (lambda end=end: packed(f"p.wet{end}", WET))  # type: ignore[misc]
        for end in ("", ".gz", ".zst")
    },
    "one-member.wet.gz": lambda: gzip.compress(b"".join(WET)),
    "one-frame.wet.zst": lambda: zstd.compress(b"".join(WET)),
    "mixed.wet.gz": lambda: b"".join(gzip.compress(one) if n % 2 else one for n, one in enumerate(WET)),
}


@pytest.mark.parametrize("name", KINDS)
def test_an_archive_gives_each_page_once_with_its_address_and_time(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(KINDS[name]())
    found = look(path)
    raws = pages(found)
    assert [(raw.problem, raw.address, raw.body, raw.observed_at) for raw in raws] == [
        (None, row["url"], str(row["text"]).encode(), AT) for row in ROWS
    ]
    assert {raw.media_type for raw in raws} == {"text/plain; charset=utf-8"}
    slices = [each for each in found if is_reference(each)]
    assert sum(each[1] for each in slices) == len(ROWS)
    assert max(each[1] for each in slices) <= BATCH_PAGES
    again = [raw.address for each in reversed(slices) if isinstance(each[0], Slice) for raw in read_slice(each[0])]
    assert sorted(again) == sorted(raw.address for raw in raws)  # in any order
    for raw in raws[:: len(raws) // 3]:  # each can be read again alone
        assert isinstance(raw.reference, Slice)
        assert [one.address for one in read_slice(raw.reference)] == [raw.address]


@pytest.mark.parametrize("name", KINDS)
def test_an_archive_is_gone_on_with_at_any_place_that_was_said(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(KINDS[name]())
    found = look(path)
    places = [number for number, each in enumerate(found) if isinstance(each, Reached)]
    assert places
    for number in (places[0], places[-1]):
        reached = found[number]
        assert isinstance(reached, Reached)
        assert [each for each in look(path, begin=reached) if is_reference(each)] == [
            each for each in found[number:] if is_reference(each)
        ]


@pytest.mark.parametrize("name", KINDS)
def test_a_slice_splits_down_to_single_pages(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(KINDS[name]())
    first = next(each[0] for each in look(path) if is_reference(each))
    assert isinstance(first, Slice)
    halves = split_slice(first)
    assert [raw.address for half, _ in halves for raw in read_slice(half)] == [r.address for r in read_slice(first)]
    assert [count for _, count in halves] == [sum(1 for _ in read_slice(half)) for half, _ in halves]
    while halves:
        first, _ = halves[-1]
        halves = split_slice(first)
    assert sum(1 for _ in read_slice(first)) == 1


CHUNKS = b"4\r\n<p>g\r\n3;x=y\r\nood\r\n0\r\n\r\n"
CODED = "Content-Type: text/html\r\nContent-Encoding: "
PAGES = {
    "as it is": answer("https://x.example/", GOOD),
    "line feeds": record(
        "response",
        "https://x.example/",
        b"HTTP/1.0 200 OK\nContent-Type: text/html\n\n" + GOOD,
        media="application/http",
    ),
    "chunks": answer("https://x.example/", CHUNKS, "Content-Type: text/html\r\nTransfer-Encoding: chunked"),
    "chunks joined already": answer(
        "https://x.example/", GOOD, "Transfer-Encoding: chunked\r\nContent-Type: text/html"
    ),
    "gzip": answer("https://x.example/", gzip.compress(GOOD), CODED + "gzip"),
    "gzip undone already": answer("https://x.example/", GOOD, CODED + "gzip"),
    "deflate": answer("https://x.example/", zlib.compress(GOOD), CODED + "deflate"),
    "zstd": answer("https://x.example/", zstd.compress(GOOD), CODED + "zstd"),
    "address in brackets": answer("<https://x.example/>", GOOD),
    "resource": record("resource", "https://x.example/", GOOD, media="text/html"),
    "fraction of a second": answer("https://x.example/", GOOD, date="2026-03-02T14:05:00.75Z"),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_comes_out_of_its_record_as_it_was_sent(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.warc").write_bytes(PAGES[name])
    (raw,) = pages(look(tmp_path / "a.warc"))
    assert (raw.problem, raw.body, raw.url, raw.observed_at) == (None, GOOD, "https://x.example/", AT)
    assert (raw.media_type.partition(";")[0], raw.observed_from) == ("text/html", "warc")


def test_what_is_no_page_is_passed_over_and_the_charset_and_age_of_an_answer_are_kept(tmp_path: Path) -> None:
    others = [
        record("request", "https://x.example/", b"GET / HTTP/1.1\r\n\r\n", media="application/http; msgtype=request"),
        record("metadata", "https://x.example/", b"fetchTimeMs: 1", media="application/warc-fields"),
        record("response", "dns:x.example", b"x", media="text/dns"),
        answer("https://x.example/gone", b"<p>no", status="404 Not Found"),
        answer("https://x.example/moved", b"<p>no", status="301 Moved"),
        answer("https://x.example/a.png", b"\x89PNG", "Content-Type: image/png"),
        answer("https://x.example/1", GOOD, "Content-Type: text/html; charset=windows-1252\r\nAge: 90"),
    ]
    (tmp_path / "a.warc.gz").write_bytes(packed("a.warc.gz", others))
    (raw,) = pages(look(tmp_path / "a.warc.gz"))
    assert (raw.address, raw.media_type, raw.age_seconds) == (
        "https://x.example/1", "text/html; charset=windows-1252", 90,
    )  # fmt: skip
    assert isinstance(raw.reference, Slice)
    assert raw.reference.age_seconds == 90


A, B, C = text(1), text(2), text(3)
ZA, ZB, ZC = map(gzip.compress, (A, B, C))
SA, SB, SC = map(zstd.compress, (A, B, C))
BROKEN_CHUNKS = answer("https://x.example/2", b"4\r\n<p>g\r\nzz\r\n", "Transfer-Encoding: chunked")
DAMAGED: dict[str, tuple[str, list[bytes], str]] = {
    # name: file, its three parts of which the second is bad, what is said of it
    "too short": ("a.wet", [A, text(2, length=3), C], "Content-Length is wrong"),
    "too long": ("a.wet", [A, text(2, length=100), C], "Content-Length is wrong"),
    "far too long": ("a.wet", [A, text(2, length=10**6), C], "ends too early"),
    "longer than any file": ("a.wet", [A, text(2, length=10**15), C], "ends too early"),
    "no length": ("a.wet", [A, B.replace(b"Content-Length", b"Content-Breadth"), C], "no Content-Length"),
    "no date": ("a.wet", [A, text(2, date=None), C], "no WARC-Date"),
    "date without a zone": ("a.wet", [A, text(2, date="2026-03-02T14:05:00"), C], "no time zone"),
    "date that is none": ("a.wet", [A, text(2, date="last week"), C], "is no time"),
    "no address": ("a.wet", [A, record("conversion", None, b"page 2", media="text/plain"), C], "no WARC-Target-URI"),
    "rubbish": ("a.wet", [A, b"rubbish\r\n\r\n", C], "no WARC record"),
    "too short, packed": ("a.wet.gz", [ZA, gzip.compress(text(2, length=3)), ZC], "Content-Length is wrong"),
    "too long, packed": ("a.wet.gz", [ZA, gzip.compress(text(2, length=100)), ZC], "Content-Length is wrong"),
    "broken gzip": ("a.wet.gz", [ZA, ZB[:40] + bytes(20) + ZB[60:], ZC], "broken: "),
    "cut gzip": ("a.wet.gz", [ZA, ZB[:60], ZC], "broken: "),
    "rubbish between": ("a.wet.gz", [ZA, b"rubbish", ZC], "no WARC record"),
    "broken zstd": ("a.wet.zst", [SA, SB[:20] + bytes(9) + SB[29:], SC], "broken: "),
    "cut among those in one member": (
        "a.wet.gz",
        [gzip.compress(A + text(2, length=3) + C)],
        "Content-Length is wrong",
    ),
    "wrong chunks": ("a.warc", [A, BROKEN_CHUNKS, C], "broken chunks"),
    "revisit of nothing": ("a.warc", [A, record("revisit", "https://x.example/2", b""), C], "does not say of what"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_bad_record_is_named_with_its_offset_and_its_neighbours_are_kept(tmp_path: Path, name: str) -> None:
    file, parts, said = DAMAGED[name]
    path = tmp_path / file
    path.write_bytes(b"".join(parts))
    raws = pages(look(path))
    assert {raw.body for raw in raws if raw.body is not None} >= {b"page 1", b"page 3"}
    ((address, problem),) = [(raw.address, raw.problem) for raw in raws if raw.problem]
    assert address == f"{path}@{len(A) if len(parts) == 1 else len(parts[0])}"
    assert said in problem
    assert len(raws) == 3


@pytest.mark.parametrize(("name", "last"), [("a.wet", C), ("a.wet.gz", ZC), ("a.wet.zst", SC)])
@pytest.mark.parametrize("missing", [1, 30])
def test_the_last_record_of_a_cut_off_archive_is_named(tmp_path: Path, name: str, last: bytes, missing: int) -> None:
    before = packed(name, [A, B])
    cut = (last.rstrip(b"\r\n") if name == "a.wet" else last)[:-missing]
    (tmp_path / name).write_bytes(before + cut)
    raws = pages(look(tmp_path / name))
    assert [raw.body for raw in raws] == [b"page 1", b"page 2", None]
    assert raws[2].address == f"{tmp_path / name}@{len(before)}"
    assert "too early" in str(raws[2].problem)


BAD_ROWS = {
    "too few columns": (b'text,url\none,https://x.example/1\ntwo\n"three",https://x.example/3\n', 3, "1 columns"),
    "no UTF-8": (b"text,url\none,https://x.example/1\ntw\xff,https://x.example/2\nthree,u\n", 3, "not UTF-8"),
    "a quote inside": (b'text,url\none,u\n"two" x "y",u\nthree,u\n', 3, "not CSV"),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_is_named_with_its_line_and_its_neighbours_are_kept(tmp_path: Path, name: str) -> None:
    content, line, said = BAD_ROWS[name]
    (tmp_path / "a.csv").write_bytes(content)
    raws = pages(look(tmp_path / "a.csv"))
    assert [raw.body for raw in raws] == [b"one", None, b"three"]
    assert (raws[1].address, said in str(raws[1].problem)) == (f"{tmp_path / 'a.csv'}:{line}", True)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ("text=content,url=link,date=seen", None),
        (None, "no column is named html or text"),
        ("text=body", "it has no column 'body'; its columns are content, link, seen"),
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_columns_are_named_or_the_file_is_refused(
    tmp_path: Path, name: str, columns: str | None, said: str | None
) -> None:
    rows: list[dict[str, object]] = [{"content": "one", "link": "https://x.example/1", "seen": DATE}]
    (tmp_path / name).write_bytes(as_csv(rows) if name == "a.csv" else as_parquet(rows))
    (raw,) = pages(look(tmp_path / name, columns))
    if said is None:
        assert (raw.body, raw.address, raw.observed_at) == (b"one", "https://x.example/1", AT)
    else:
        assert said in str(raw.problem)


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_a_column_that_is_needed_and_stands_twice_refuses_the_file_with_the_names(tmp_path: Path, name: str) -> None:
    import pyarrow as pa
    from pyarrow.parquet import write_table

    def write(*names: str) -> None:
        if name == "a.csv":
            (tmp_path / name).write_text(",".join(names) + "\n" + ",".join(map(str, range(len(names)))) + "\n")
        else:
            table = pa.Table.from_arrays([pa.array([str(n)]) for n in range(len(names))], names=list(names))
            write_table(table, tmp_path / name)

    write("url", "text", "date", "text")
    (raw,) = pages(look(tmp_path / name))
    assert raw.problem is not None
    assert "it has 2 columns named 'text'; give them names of their own" in raw.problem
    assert raw.problem.endswith("its columns are url, text, date, text")
    write("url", "text", "tag", "tag")  # nobody needs these
    assert [raw.body for raw in pages(look(tmp_path / name))] == [b"1"]


def test_parquet_takes_times_and_bytes_as_they_are_typed(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"html": b"<p>\xe9", "url": None, "observed_at": AT}]
    (tmp_path / "a.parquet").write_bytes(as_parquet(rows))
    (raw,) = pages(look(tmp_path / "a.parquet"))
    assert (raw.body, raw.observed_at, raw.media_type) == (b"<p>\xe9", AT, "text/html")
    (tmp_path / "b.parquet").write_bytes(b"PAR1 and no more")
    (raw,) = pages(look(tmp_path / "b.parquet"))
    assert "not Parquet that can be read" in str(raw.problem)


@pytest.mark.parametrize("said", ["content", "text=", "body=x", "text=a,text=b"])
def test_columns_that_are_not_understood_are_a_wrong_use(said: str) -> None:
    with pytest.raises(UsageError, match="--columns"):
        read_columns(said)


@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress])
def test_a_packed_page_is_one_page(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / ("a.html.gz" if pack is gzip.compress else "a.html.zst")
    path.write_bytes(pack(GOOD))
    ((reference, _, _),) = [each for each in look(path) if is_reference(each)]
    assert isinstance(reference, File)
    raw = read_file(reference)
    assert (raw.body, raw.media_type) == (GOOD, "text/html")
    path.write_bytes(pack(bytes(20_000_000)))
    assert "too large" in str(read_file(reference).problem)
    path.write_bytes(pack(GOOD)[:-3])
    assert "cannot be unpacked" in str(read_file(reference).problem)


def test_a_pattern_names_the_files_that_match_it(tmp_path: Path) -> None:
    for name in ("a.wet.gz", "b.wet.gz", "c.txt"):
        (tmp_path / name).write_bytes(gzip.compress(text(1)))
    found = list(find([str(tmp_path / "*.wet.gz")], io.BytesIO()))
    assert sum(is_reference(each) for each in found) == 2


def test_a_web_page_where_json_lines_are_expected_is_one_line(tmp_path: Path) -> None:
    found = list(find(["-"], io.BytesIO(b"\n".join([b"<!doctype html>"] + [b"<p>"] * 1000))))
    assert [each[0].problem for each in found if is_reference(each) and isinstance(each[0], Problem)] == [
        "a web page, where JSON Lines are expected; save it as a file and name that"
    ]


@pytest.mark.parametrize("name", ["a.wet.gz", "a.jsonl.zst", "a.csv.gz", "a.parquet"])
def test_the_memory_that_an_archive_takes_does_not_grow_with_it(tmp_path: Path, name: str) -> None:
    peaks = []
    for times in (1, 4):
        rows: list[dict[str, object]] = [
            {"text": f"{n} " + "x" * 4_000, "url": f"https://x.example/{n}"} for n in range(400 * times)
        ]
        makers: dict[str, Callable[[list[dict[str, object]]], bytes]] = {
            "a.wet.gz": lambda rows: packed("a.wet.gz", [text(0)] + [
                record("conversion", str(r["url"]), str(r["text"]).encode(), media="text/plain") for r in rows]),
            "a.jsonl.zst": lambda rows: zstd.compress(as_lines(rows)),
            "a.csv.gz": lambda rows: gzip.compress(as_csv(rows)),
            "a.parquet": as_parquet,
        }  # fmt: skip
        (tmp_path / name).write_bytes(makers[name](rows))
        del rows
        tracemalloc.start()
        for each in find([str(tmp_path / name)], io.BytesIO()):
            if is_reference(each) and isinstance(each[0], Slice):
                for _ in read_slice(each[0]):
                    pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0] + 1_000_000


UNREADABLE = {
    "cr.csv": (
        b"url,date,te\rxt,text\r\nu,d,x,y\r\n",
        "its header holds a carriage return (CR) alone; save it with lines",
    ),
    "mac.csv": (b"url,text\ru,one\ru,two\r", "its header holds a carriage return (CR) alone; save it with lines"),
    "odd-name.parquet": (b"", "not read: unexpected UnicodeDecodeError: "),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_nobody_can_read_is_named_and_the_others_are_read(tmp_path: Path, name: str) -> None:
    import pyarrow as pa
    from pyarrow.parquet import write_table

    content, said = UNREADABLE[name]
    if name.endswith(".parquet"):  # a column whose name is no UTF-8
        out = io.BytesIO()
        write_table(pa.table({"text": ["one"], "caf\xe9": ["x"]}), out, store_schema=False)
        content = out.getvalue().replace("caf\xe9".encode(), b"caf\xff\xff")
    (tmp_path / name).write_bytes(content)
    (tmp_path / "z.jsonl").write_bytes(as_lines(ROWS[:3]))
    bad, *good = pages(look(tmp_path))
    assert (bad.address, said in str(bad.problem)) == (str(tmp_path / name), True), bad.problem
    assert [raw.address for raw in good] == [row["url"] for row in ROWS[:3]]
