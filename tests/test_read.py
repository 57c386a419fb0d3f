"""The disk door: what is no page is named, never opened without end; nothing else of a folder is missed."""

from __future__ import annotations

import gzip
import io
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from meeruit.tasks import zstd
from meeruit.tasks.captures import BATCH_PAGES, Raw
from meeruit.tasks.disk.found import Found, Reached, is_reference
from meeruit.tasks.disk.read import as_page, printable_path, read_file, read_record
from meeruit.tasks.disk.slices import read_slice, split_slice
from meeruit.tasks.disk.targets import check_targets, find, without_files
from meeruit.tasks.errors import UsageError
from meeruit.tasks.records import MAX_BODY
from meeruit.tasks.references import (
    Body,
    Fetch,
    File,
    Folder,
    Problem,
    Reference,
    Slice,
    Streamed,
    file_of,
    read_reference,
    reference_json,
)
from meeruit.tasks.work.reading import parts_of, read_pages
from meeruit.worker.database import own_files

EMPTY = io.BytesIO()
PLACE, HERE = "f:1", Streamed("f:1")


def problems(found: list[Found]) -> dict[str, str]:
    """What cannot be read, by the name of the file."""
    references = [f[0] for f in found if is_reference(f)]
    return {Path(ref.address).name: ref.problem for ref in references if isinstance(ref, Problem)}


def files(found: list[Found]) -> list[str]:
    """The names of the files that are pages."""
    return [Path(f[0].path).name for f in found if is_reference(f) and isinstance(f[0], File)]


def test_a_folder_is_walked_in_the_order_of_names_and_hidden_files_and_sidecars_are_no_pages(tmp_path: Path) -> None:
    for name in ("b.html", "a.txt", "a.txt.meta.json", "lonely.meta.json", ".hidden", "sub/c.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert files(list(find([str(tmp_path)], EMPTY))) == ["a.txt", "b.html", "lonely.meta.json", "c.html"]


def test_what_is_no_regular_file_is_named_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "up").symlink_to(tmp_path)
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "page.txt").write_text("x")
    (tmp_path / "again.txt").symlink_to("page.txt")
    found = list(find([str(tmp_path)], EMPTY))
    assert files(found) == ["page.txt"]
    said = problems(found)
    assert "not a regular file" in said["fifo"]
    assert "too many levels of symbolic links" in said["loop"]
    assert "a symbolic link to a folder" in said["up"]
    assert "leads out of the folder" in said["zero"]


@pytest.mark.parametrize(
    ("target", "said"), [("/dev/zero", "is a device"), ("nowhere.txt", "no such file"), ("/proc/1/mem/x", "")]
)
def test_a_target_that_cannot_be_read_is_a_page_with_a_problem(target: str, said: str) -> None:
    ((reference, pages, _),) = [f for f in find([target], EMPTY) if is_reference(f)]
    assert isinstance(reference, Problem)
    assert said in reference.problem
    assert pages == 1


def test_a_file_over_the_limit_is_refused_without_being_read(tmp_path: Path) -> None:
    big = tmp_path / "big.html"
    with big.open("wb") as file:
        file.truncate(200_000_000)
    raw = read_file(File(str(big)))
    assert raw.body is None
    assert raw.problem is not None
    assert raw.problem.startswith("too large: 200,000,000 bytes")


def test_a_sidecar_gives_address_and_time_in_utc(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("x")
    (tmp_path / "page.html.meta.json").write_text(
        json.dumps({"url": "https://x.example/a", "observed_at": "2026-03-02T15:05:00.9+01:00"})
    )
    raw = read_file(File(str(page)))
    assert (raw.address, raw.url) == ("https://x.example/a", "https://x.example/a")
    assert raw.observed_at == datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
    assert raw.observed_from == "sidecar"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"text": "x"}\n'.encode("utf-16")[:-1], "not JSON in UTF-8, but UTF-16 or UTF-32; save the file as UTF-8"),
        ('{"text": "caf\xe9"}'.encode("cp1252"), "not JSON in UTF-8, but byte 0xe9; save the file as UTF-8"),
        (b'[{"text": "x"}]', "a list; a file that is one array is read where its name ends in .json"),
    ],
)
def test_a_line_that_is_no_record_says_what_to_do(line: bytes, said: str) -> None:
    assert said in str(read_record(line, "a.jsonl:1", Streamed("a.jsonl:1")).problem)


def test_a_time_in_a_sidecar_that_is_not_heard_is_a_remark(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("x")
    meta = {"url": "https://x.example/a", "captured_at": "2026-03-02T14:05:00Z"}
    (tmp_path / "page.html.meta.json").write_text(json.dumps(meta))
    raw = read_file(File(str(tmp_path / "page.html")))
    assert (raw.observed_at, raw.remarks) == (None, ('"captured_at" is not read, "observed_at" is',))
    (tmp_path / "page.html.meta.json").write_text(json.dumps(meta | {"observed_at": "2026-03-02T14:06:00Z"}))
    assert read_file(File(str(tmp_path / "page.html"))).remarks == ()


def test_a_sidecar_beside_a_file_of_records_is_named(tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.jsonl.meta.json", "b.warc.gz.meta.json", "c.html", "c.html.meta.json"):
        (tmp_path / name).write_text("{}")
    found = list(find([str(tmp_path)], EMPTY))
    assert files(found) == ["b.warc.gz.meta.json", "c.html"]
    assert "each record says its own url" in problems(found)["a.jsonl.meta.json"]


@pytest.mark.parametrize(
    ("sidecar", "said"),
    [
        ("{", "sidecar page.html.meta.json: not JSON"),
        ("[]", "not a JSON object but a list"),
        ('{"observed_at": "2026-03-02T14:05:00"}', "has no time zone"),
        ('{"observed_at": 5}', "is no time"),
        ('{"url": 5}', '"url" is not a text but a int'),
    ],
)
def test_a_broken_sidecar_is_the_problem_of_its_page(tmp_path: Path, sidecar: str, said: str) -> None:
    (tmp_path / "page.html").write_text("x")
    (tmp_path / "page.html.meta.json").write_text(sidecar)
    problem = read_file(File(str(tmp_path / "page.html"))).problem
    assert problem is not None
    assert said in problem


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"url": "x"', "not JSON"),
        (b"[1]", "not a JSON object"),
        (b"[" * 100_000, "not JSON"),
        (b'{"url": "https://x.example/"}', 'neither "html" nor "text"'),
        (b'{"text": 5}', '"text" is not a text'),
        (b'{"text": "x", "observed_at": "yesterday"}', "is no time"),
        (b'{"text": "x", "observed_at": "2026-03-02T14:05:00"}', "has no time zone"),
        (b'{"text": "\xff"}', "not JSON"),
    ],
)
def test_a_line_that_cannot_be_used_has_its_place_as_address(line: bytes, said: str) -> None:
    raw = read_record(line, "pages.jsonl:7", HERE)
    assert raw.address == "pages.jsonl:7"
    assert raw.problem is not None
    assert said in raw.problem


def test_a_corpus_row_is_read_and_its_date_counts_only_with_a_zone() -> None:
    zoned = read_record(
        b'{"text": "x", "url": "https://x.example/", "date": "2020-01-01T00:00:00Z", "n": 1}', PLACE, HERE
    )
    naive = read_record(b'{"text": "x", "url": "https://x.example/", "date": "2020-01-01"}', PLACE, HERE)
    assert zoned.observed_at == datetime(2020, 1, 1, tzinfo=UTC)
    assert naive.observed_at is None
    assert naive.problem is None


def test_half_a_surrogate_pair_and_a_nul_in_an_address_become_replacement_characters() -> None:
    raw = read_record(rb'{"text": "a\ud800b", "url": "https://x.example/\u0000\udfff"}', PLACE, HERE)
    assert raw.body == "a\ufffdb".encode()
    assert raw.url == "https://x.example/\ufffd\ufffd"


def test_slices_hold_every_line_once_whatever_is_blank_or_broken(tmp_path: Path) -> None:
    lines = [json.dumps({"text": f"page {n}", "url": f"https://x.example/{n}"}) for n in range(450)]
    lines[3:3] = ["", "  ", "{broken"]
    path = tmp_path / "pages.jsonl"
    path.write_text("\n".join(lines))
    found = [f for f in find([str(path)], EMPTY) if is_reference(f)]
    assert [pages for _, pages, _ in found] == [BATCH_PAGES, BATCH_PAGES, 51]
    raws = [raw for reference, _, _ in found if isinstance(reference, Slice) for raw in read_slice(reference)]
    assert [raw.address for raw in raws if raw.problem] == [f"{path}:6"]
    assert [raw.body.decode() for raw in raws if raw.body] == [f"page {n}" for n in range(450)]
    for raw in raws:  # each can be read again alone
        assert isinstance(raw.reference, Slice)
        assert [again.address for again in read_slice(raw.reference)] == [raw.address]


@pytest.fixture
def seven(tmp_path: Path) -> Slice:
    """Seven pages, a line each, with empty lines among them."""
    path = tmp_path / "pages.jsonl"
    path.write_text("\n" + "\n\n".join(json.dumps({"text": str(n)}) for n in range(7)))
    ((whole, _, _),) = [f for f in find([str(path)], EMPTY) if is_reference(f)]
    assert isinstance(whole, Slice)
    return whole


def test_a_slice_splits_into_halves_that_hold_the_same_lines(seven: Slice) -> None:
    halves = split_slice(seven)
    assert len(halves) == 2
    assert [r.address for half, _ in halves for r in read_slice(half)] == [r.address for r in read_slice(seven)]


@pytest.mark.parametrize("place", range(7))
def test_a_page_of_a_slice_can_be_set_apart_from_those_around_it(seven: Slice, place: int) -> None:
    parts = parts_of([seven], 7, place)
    read = [[r.body for r in read_slice(part)] for (part,), _ in parts if isinstance(part, Slice)]
    assert [str(place).encode()] in read
    assert [body for bodies in read for body in bodies] == [b"%d" % n for n in range(7)]


@pytest.mark.parametrize("number", range(2, 6))
@pytest.mark.parametrize("place", range(6))
def test_a_page_of_several_can_be_set_apart_from_those_around_it(number: int, place: int) -> None:
    pages = [File(str(each)) for each in range(number)]
    parts = parts_of(pages, number, place)
    assert [page for part, _ in parts for page in part] == pages
    assert [len(part) for part, _ in parts] == [count for _, count in parts]
    assert len(parts) > 1
    assert place >= number or [pages[place]] in [part for part, _ in parts]
    assert parts_of(pages[:1], 1, 0) == []


@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress])
def test_packed_lines_are_read_and_a_broken_end_is_named(tmp_path: Path, pack: object) -> None:
    lines = b"".join(json.dumps({"text": f"{n}" * 500}).encode() + b"\n" for n in range(300))
    packed: bytes = pack(lines)  # type: ignore[operator]
    path = tmp_path / ("pages.jsonl.gz" if pack is gzip.compress else "pages.jsonl.zst")
    path.write_bytes(packed)
    found = [each for each in find([str(path)], EMPTY) if is_reference(each)]
    assert [pages for _, pages, _ in found] == [BATCH_PAGES, 300 - BATCH_PAGES]
    slices = [each[0] for each in found if isinstance(each[0], Slice)]
    again = [raw.body for reference in [*slices, slices[0]] for raw in read_slice(reference)]
    assert again == [f"{n}".encode() * 500 for n in [*range(300), *range(BATCH_PAGES)]]
    path.write_bytes(packed[: len(packed) // 2])
    broken = list(find([str(path)], EMPTY))
    assert ["broken from here on" in p for p in problems(broken).values()] == [True]


def test_a_line_without_end_is_passed_over_and_the_next_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for module in ("lines", "targets"):
        monkeypatch.setattr(f"meeruit.tasks.disk.{module}.MAX_LINE", 1000)
    content = b'{"text": "a"}\n' + b"x" * 5000 + b'\n{"text": "b"}\n'
    (tmp_path / "pages.jsonl").write_bytes(content)
    for found in (
        list(find([str(tmp_path / "pages.jsonl")], EMPTY)),
        list(find(["-"], io.BytesIO(content))),
    ):
        assert list(problems(found).values()) == ["the line is longer than 1,000 bytes"]
        assert len([each for each in found if not isinstance(each, Reached)]) == 3


def test_a_name_that_is_no_utf_8_or_holds_a_line_feed_is_stored_escaped_and_still_opens(tmp_path: Path) -> None:
    for name in (b"caf\xe9.txt", b"two\nlines.txt", rb"back\x41slash.txt", "é.txt".encode()):
        (tmp_path / os.fsdecode(name)).write_bytes(b"x")
    found = [f for f in find([str(tmp_path)], EMPTY) if is_reference(f)]
    assert len(found) == 4
    for reference, _, _ in found:
        assert isinstance(reference, File)
        assert read_file(reference).body == b"x"
        assert reference.path.isprintable()
        reference.path.encode()
    assert printable_path("é a.txt") == "é a.txt"


TWO = [{"text": "een", "url": "https://x.example/1"}, {"html": "<p>twee", "url": "https://x.example/2"}]


@pytest.mark.parametrize("name", ["p.jsonl", "p.ndjson", "p.jl", "P.NDJSON", "p.ndjson.gz", "p.jl.zst", "p.json"])
def test_records_are_read_whatever_their_file_is_called(tmp_path: Path, name: str) -> None:
    lines = "\n".join(map(json.dumps, TWO)) if name != "p.json" else json.dumps(TWO, indent=2)
    data = lines.encode()
    data = gzip.compress(data) if name.endswith(".gz") else zstd.compress(data) if name.endswith(".zst") else data
    (tmp_path / name).write_bytes(data)
    raws: list[Raw] = []
    for found in find([str(tmp_path)], EMPTY):
        if isinstance(found, Raw):
            raws.append(found)
        elif is_reference(found) and isinstance(found[0], Slice):
            raws += read_slice(found[0])
    assert [(raw.address, raw.body) for raw in raws] == [
        ("https://x.example/1", b"een"),
        ("https://x.example/2", b"<p>twee"),
    ]


@pytest.mark.parametrize(
    ("content", "good", "said"),
    [
        ("[]", 0, {}),
        (" \ufeff[]"[1:], 0, {}),
        ('[{"text": "een"}, {"text": "t"}\n]  ', 2, {}),
        ('[{"text": "een"}, {"url": "x"}, {"text": "t"}]', 2, {2: 'neither "html" nor "text"'}),
        ('[1, null, {"text": "een"}]', 1, {1: "not a JSON object but a int", 2: "not a JSON object but a NoneType"}),
        ('[{"text": "een"}, {"text": ', 1, {2: "not JSON from here on"}),
        ('[{"text": "een"} {"text": "t"}]', 1, {2: "not JSON from here on: a comma or the end"}),
        ("[" * 100_000, 0, {1: "not JSON from here on"}),
    ],
)
def test_an_array_is_read_as_far_as_it_is_one(tmp_path: Path, content: str, good: int, said: dict[int, str]) -> None:
    path = tmp_path / "pages.json"
    path.write_text(content)
    found = list(find([str(path)], EMPTY))
    assert sum(isinstance(each, Raw) for each in found) == good
    named = problems(found)
    assert list(named) == [f"pages.json:{number}" for number in said]
    assert all(part in named[f"pages.json:{number}"] for number, part in said.items())


def test_an_array_that_is_no_utf_8_or_too_large_is_one_problem(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "pages.json"
    path.write_bytes(b'[{"text": "\xff"}]')
    assert "not JSON" in problems(list(find([str(path)], EMPTY)))["pages.json"]
    monkeypatch.setattr("meeruit.tasks.disk.arrays.MAX_ARRAY", 10)
    path.write_text(json.dumps(TWO))
    assert "write it as JSON Lines" in problems(list(find([str(path)], EMPTY)))["pages.json"]


def test_json_that_is_no_array_is_a_page_like_any_other_file(tmp_path: Path) -> None:
    (tmp_path / "page.json").write_text('{"a": 1}')
    ((reference, _, _),) = [f for f in find([str(tmp_path)], EMPTY) if is_reference(f)]
    assert reference.address == str(tmp_path / "page.json")
    assert isinstance(reference, File)


@pytest.mark.parametrize(
    ("record", "media_type", "body"),
    [
        ({"html": "", "text": "een"}, "text/plain", b"een"),
        ({"html": " \n", "text": "een"}, "text/plain", b"een"),
        ({"html": None, "text": "een"}, "text/plain", b"een"),
        ({"html": "<p>een", "text": "twee"}, "text/html", b"<p>een"),
        ({"html": "<p>een", "text": ""}, "text/html", b"<p>een"),
        ({"html": ""}, "text/html", b""),
        ({"html": "", "text": ""}, "text/plain", b""),
    ],
)
def test_an_empty_html_beside_a_text_says_nothing(record: object, media_type: str, body: bytes) -> None:
    raw = read_record(json.dumps(record).encode(), PLACE, HERE)
    assert (raw.media_type.partition(";")[0], raw.body, raw.problem) == (media_type, body, None)


@pytest.mark.parametrize("name", ["crawl.wacz", "old.arc.gz", "CC-1.warc.wat.gz", "rows.feather", "rows.json.gz"])
def test_kinds_that_nobody_here_reads_are_a_wrong_use_and_a_failure_in_a_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="not read: "):
        check_targets([name])
    (tmp_path / name).write_bytes(b"x")
    assert problems(list(find([str(tmp_path)], EMPTY)))[name].startswith("not read: ")
    with pytest.raises(UsageError, match="only http and https"):
        check_targets(["ftp://x.example/"])


def test_a_file_is_read_to_its_limit_and_no_further(tmp_path: Path) -> None:
    (tmp_path / "just.txt").write_bytes(b"x" * MAX_BODY)
    raw = read_file(File(str(tmp_path / "just.txt")))
    assert raw.body is not None
    assert len(raw.body) == MAX_BODY


def test_a_file_whose_sidecar_cannot_have_a_name_has_none(tmp_path: Path) -> None:
    page = tmp_path / ("x" * 250 + ".txt")
    page.write_text("page")
    assert read_file(File(str(page))).body == b"page"


def test_an_empty_target_is_a_wrong_use() -> None:
    with pytest.raises(UsageError, match="an empty target names nothing"):
        check_targets(["a.txt", ""])


def enrolled(folder: Path) -> list[Reference]:
    return [f[0] for f in find([str(folder)], EMPTY) if is_reference(f)]


def read_again(reference: Reference) -> list[Raw]:
    if isinstance(reference, Slice):
        return list(read_slice(reference))
    assert isinstance(reference, File)
    return [read_file(reference)]


@pytest.mark.parametrize("name", ["page.txt", "pages.jsonl"])
@pytest.mark.parametrize("swapped", ["page", "folder"])
def test_a_file_that_is_swapped_for_a_link_after_it_was_found_is_not_followed(
    tmp_path: Path, name: str, swapped: str
) -> None:
    inbox, secret = tmp_path / "inbox" / "sub", tmp_path / "elsewhere"
    inbox.mkdir(parents=True)
    secret.mkdir()
    for folder, text in ((inbox, "harmless"), (secret, "a secret!")):
        (folder / name).write_text(json.dumps({"text": text}) + "\n")
    (reference,) = enrolled(tmp_path / "inbox")
    (before,) = read_again(reference)
    assert before.body is not None
    assert b"harmless" in before.body
    if swapped == "page":
        (inbox / name).unlink()
        (inbox / name).symlink_to(secret / name)
    else:
        inbox.rename(tmp_path / "gone")
        inbox.symlink_to(secret)
    (raw,) = read_again(reference)
    assert raw.body is None
    assert raw.problem == "it stands behind a symbolic link, which is not followed"


def test_the_sidecar_of_a_page_is_never_a_link(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text('{"url": "https://secret.example/"}')
    (tmp_path / "page.html").write_text("x")
    (tmp_path / "page.html.meta.json").symlink_to("secret")
    for raw in (read_file(File(str(tmp_path / "page.html"))), *read_again(enrolled(tmp_path / "page.html")[0])):
        assert raw.url is None
        assert raw.problem is not None
        assert "symbolic link, which is not followed" in raw.problem


def test_a_link_that_is_named_itself_is_read(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("x")
    (tmp_path / "link.txt").symlink_to("page.txt")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.txt").write_text("y")
    (tmp_path / "way").symlink_to("folder")
    for target, body in (("link.txt", b"x"), ("way", b"y"), ("way/a.txt", b"y")):
        (reference,) = enrolled(tmp_path / target)
        assert [raw.body for raw in read_again(reference)] == [body]


def test_our_own_database_in_the_folder_is_passed_over(tmp_path: Path) -> None:
    for name in ("meeruit.db", "meeruit.db-wal", "meeruit.db-shm", "page.txt", "sub/meeruit.db"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "way").symlink_to(tmp_path)
    own = own_files(make_url(f"sqlite:///{tmp_path}/meeruit.db"))
    for folder in (tmp_path, tmp_path / "way"):
        found = list(without_files(find([str(folder)], EMPTY), own))
        assert files(found) == ["page.txt", "meeruit.db"]


#: A reference of each kind to what is not there, and why there is no page.
NOT_THERE: dict[Reference, str] = {
    File("/nowhere"): "no such file or directory",
    Slice("/nowhere", 0, 9, 1): "no such file or directory",
    Body("0" * 64, "a"): "its stored body is gone",
    Streamed("-:1"): "its body was not kept",
    Folder("/nowhere"): "a folder is no page; the next poll of its source looks through it",
    Fetch("https://n.example/"): "an address is fetched, not read from the disk",
    Problem("a", "is a FIFO"): "is a FIFO",
}


def test_every_kind_of_reference_says_truly_why_it_gives_no_page(engine: Engine) -> None:
    assert {type(reference) for reference in NOT_THERE} == set(get_args(Reference))
    assert [raw.problem for raw in read_pages(engine, list(NOT_THERE))] == list(NOT_THERE.values())


@pytest.mark.parametrize(
    ("said", "remarks"),
    [
        ({"url": "https://a.example/", "observed_at": "2026-03-02T14:05:00Z", "captured_at": "x"}, ()),
        ({"url": "https://a.example/", "date": "2026-03-02T14:05:00Z"}, ()),
        ({"date": "2026-03-02", "crawler": "x"}, ('"date" is no time with a zone',)),
        ({"captured_at": "2026-03-02T14:05:00Z"}, ('"captured_at" is not read, "observed_at" is',)),
        ({"url": "not a url"}, ('"url" is no http(s) address',)),
    ],
)
def test_what_a_record_says_in_vain_is_remarked_and_outlives_its_way_into_the_ledger(
    said: dict[str, str], remarks: tuple[str, ...]
) -> None:
    raw = as_page({"text": "Tekst.", **said}, "a.jsonl:1", Streamed("a.jsonl:1"))
    assert raw.remarks == remarks
    body = Body("ab", "a.jsonl:1", place="a.jsonl:1", remarks=raw.remarks)
    assert read_reference(json.loads(json.dumps(reference_json(body)))) == body
    assert file_of(body) == "a.jsonl"
