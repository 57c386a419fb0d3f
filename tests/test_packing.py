"""Packing that breaks: every whole record before the break is read, and the failure names the place behind them."""

from __future__ import annotations

import gzip
import io
import random
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meeruit.tasks import zstd
from meeruit.tasks.disk.packing import Unpacked
from tests.archives import as_csv, as_lines, record
from tests.test_archives import look, pages

DICE = random.Random(5)
ROWS: list[dict[str, object]] = [
    {"url": f"https://x.example/{n}", "text": " ".join(f"{DICE.random()}" for _ in range(25))} for n in range(6_000)
]
LINES = [as_lines([row]) for row in ROWS]
CSV = as_csv(ROWS).splitlines(keepends=True)
WET = [record("conversion", str(r["url"]), str(r["text"]).encode(), media="text/plain") for r in ROWS]
#: The records of each kind of file, and what stands before them.
KINDS = {"jsonl": (b"", LINES), "csv": (CSV[0], CSV[1:]), "wet": (b"", WET)}
PACK: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "zst": zstd.compress}
#: No block of either begins so.
NO_BLOCK = b"\xff" * 200


def broken(packing: str, content: bytes, how: str) -> bytes:
    packed = PACK[packing](content)
    if how == "cut off":
        return packed[:-300]
    if how == "garbage behind":
        return packed + b"garbage behind"
    middle = len(content) * 2 // 3
    if packing == "gz":
        gzipper = zlib.compressobj(wbits=31)
        start = gzipper.compress(content[:middle]) + gzipper.flush(zlib.Z_FULL_FLUSH)
        return start + NO_BLOCK + gzipper.compress(content[middle:]) + gzipper.flush()
    zipper = zstd.ZstdCompressor()
    start = zipper.compress(content[:middle], zstd.ZstdCompressor.FLUSH_BLOCK)
    return start + NO_BLOCK + zipper.compress(content[middle:]) + zipper.flush()


def decodable(packed: bytes, packing: str) -> bytes:
    """What can be unpacked, told in the plainest way: byte by byte, until it breaks."""
    decoder: Any = zlib.decompressobj(31) if packing == "gz" else zstd.ZstdDecompressor()
    found = []
    try:
        for at in range(len(packed)):
            found.append(decoder.decompress(packed[at : at + 1]))
            if decoder.eof:
                break
    except (zlib.error, zstd.ZstdError):
        pass
    return b"".join(found)


@pytest.mark.parametrize("how", ["cut off", "garbled", "garbage behind"])
@pytest.mark.parametrize("packing", PACK)
@pytest.mark.parametrize("kind", KINDS)
def test_all_whole_records_before_the_break_are_read_and_the_next_is_named(
    tmp_path: Path, kind: str, packing: str, how: str
) -> None:
    before, records = KINDS[kind]
    content = broken(packing, before + b"".join(records), how)
    path = tmp_path / f"a.{kind}.{packing}"
    path.write_bytes(content)
    *raws, last = pages(look(path))
    there, end, whole = len(decodable(content, packing)), len(before), 0
    while whole < len(records) and end + len(records[whole]) <= there:
        end, whole = end + len(records[whole]), whole + 1
    assert whole > 1_000
    assert {raw.problem for raw in raws} == {None}
    assert [raw.address for raw in raws] == [row["url"] for row in ROWS[:whole]]
    assert last.address == str(path) + (f"@{end}" if kind == "wet" else f":{whole + 1 + (kind == 'csv')}")
    assert str(last.problem).startswith("broken from here on: ")


@given(
    parts=st.lists(st.binary(max_size=300_000) | st.integers(0, 3_000_000).map(bytes), max_size=4),
    padding=st.integers(0, 300),
    packing=st.sampled_from(["gz", "zst"]),
    places=st.lists(st.integers(0, 6_000_000), max_size=5),
)
@settings(max_examples=60, deadline=None)
def test_what_is_whole_unpacks_to_what_was_packed_at_any_place(
    parts: list[bytes], padding: int, packing: str, places: list[int]
) -> None:
    content, packed = b"".join(parts), b"".join(map(PACK[packing], parts))
    if packing == "gz" and packed:
        packed += bytes(padding)
    unpacked = Unpacked(io.BytesIO(packed), f".{packing}")
    file = io.BufferedReader(unpacked, 1 << 20)
    assert file.read() == content
    for place in places:
        file.seek(place)
        assert file.read(5_000) == content[place : place + 5_000]
    assert unpacked.broken is None


def test_a_small_file_that_unpacks_to_gigabytes_and_breaks_is_passed_in_little_memory() -> None:
    packer = zlib.compressobj(9, wbits=31)
    packed = b"".join(packer.compress(bytes(1_000_000)) for _ in range(300)) + packer.flush()
    tracemalloc.start()
    unpacked = Unpacked(io.BytesIO(packed[:-9]), ".gz")
    file = io.BufferedReader(unpacked, 1 << 20)
    assert sum(map(len, iter(lambda: file.read(1 << 20), b""))) == 300_000_000
    assert isinstance(unpacked.broken, EOFError)
    assert tracemalloc.get_traced_memory()[1] < 12_000_000
    tracemalloc.stop()
