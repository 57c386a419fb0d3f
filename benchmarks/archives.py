"""How fast archives are ingested, beside a bare reader of them: ``python -m benchmarks.archives [RECORDS] [FORMAT...]``.

Makes an archive of pages of which 2 % hold a block, as WARC, WET, JSON Lines, CSV and Parquet; reads each with a bare reader
(the standard library's, pyarrow's) and with ``meeruit ingest`` into a database of its own; prints records a second of both,
their ratio, the memory of the largest process, and a digest of the items, which is the same for all formats.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from meeruit.tasks import zstd
from tests.archives import DATE, record

RECORDS, HITS = 20_000, 50
_WORDS = "de het een van in op met voor wordt heeft zijn is dat die aan bij naar over uit meer dan nog ook weer".split()
_ITEMS = 7


def page(number: int, rng: random.Random) -> str:
    """The text of a page of 2 to 8 kB; every fiftieth ends in a block."""
    lines = [" ".join(rng.choices(_WORDS, k=60)).capitalize() + "." for _ in range(rng.randint(8, 28))]
    if number % HITS == 0:
        first = number // HITS
        lines += ["Meer uit Buitenland"] + [
            f"PARIJS (ANP) - Bericht {first + n} van de dag.\n{n + 1} uur geleden" for n in range(_ITEMS)
        ]
    return "\n".join([f"Artikel {number} over van alles", "", *lines])


def rows(count: int) -> Iterator[dict[str, Any]]:
    """Pages as rows."""
    rng = random.Random(7)
    for number in range(count):
        yield {"url": f"https://krant{number % 97}.example/{number}", "date": DATE, "text": page(number, rng)}


def html(text: str) -> bytes:
    """A page around a text, with a menu as real ones have."""
    body, heading, block = text.partition("Meer uit Buitenland\n")
    paragraphs = "".join(f"<p class='paragraph paragraph--large'>{line}</p>\n" for line in body.split("\n") if line)
    lines = block.split("\n") if block else []
    items = "".join(
        f"<li><p>{one}</p><span>{age}</span></li>" for one, age in zip(lines[::2], lines[1::2], strict=True)
    )
    aside = f"<aside><h2>{heading}</h2><ul>{items}</ul></aside>" if heading else ""
    menu = "".join(
        f"<li class='menu__item'><a href='/section/{n}' title='Section {n}'>Section {n}</a></li>" for n in range(150)
    )
    return (
        f"<!doctype html><html lang=nl><head><title>x</title></head><body><ul>{menu}</ul><main>{paragraphs}</main>{aside}"
        "</body></html>"
    ).encode()


def _warc(path: Path, count: int) -> None:
    with path.open("wb") as file:
        for row in rows(count):
            block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + html(row["text"])
            file.write(
                gzip.compress(record("response", row["url"], block, media="application/http; msgtype=response"), 6)
            )


def _wet(path: Path, count: int) -> None:
    with path.open("wb") as file:
        for row in rows(count):
            file.write(gzip.compress(record("conversion", row["url"], row["text"].encode(), media="text/plain"), 6))


def _lines(path: Path, count: int) -> None:
    with zstd.ZstdFile(path, "wb") as file:
        for row in rows(count):
            file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")


def _csv(path: Path, count: int) -> None:
    with gzip.open(path, "wt", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["url", "date", "text"])
        writer.writeheader()
        writer.writerows(rows(count))


def _parquet(path: Path, count: int) -> None:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    schema = pa.schema([("url", pa.string()), ("date", pa.string()), ("text", pa.string())])
    with ParquetWriter(path, schema, compression="zstd") as writer:
        some: list[dict[str, Any]] = []
        for row in rows(count):
            some.append(row)
            if len(some) == 5_000:
                writer.write_table(pa.Table.from_pylist(some, schema=schema))
                some = []
        writer.write_table(pa.Table.from_pylist(some, schema=schema))


def _bare_warc(path: Path) -> int:
    try:
        from fastwarc.warc import ArchiveIterator
    except ImportError:
        return _members(path)
    with path.open("rb") as file:
        return sum(len(one.reader.read()) > 0 for one in ArchiveIterator(file, parse_http=".wet" not in path.name))


def _members(path: Path) -> int:
    """Without fastwarc: gzip's own reader, and the ends of headers."""
    with gzip.open(path) as file:
        return sum(line.startswith(b"WARC/1") for line in file)


def _bare_lines(path: Path) -> int:
    with zstd.ZstdFile(path) as file:
        return sum(bool(json.loads(line)["text"]) for line in io.BufferedReader(file))


def _bare_csv(path: Path) -> int:
    csv.field_size_limit(1 << 30)
    with gzip.open(path, "rt", newline="", encoding="utf-8") as file:
        return sum(bool(row["text"]) for row in csv.DictReader(file))


def _bare_parquet(path: Path) -> int:
    from pyarrow.parquet import ParquetFile

    return sum(len(batch.to_pylist()) for batch in ParquetFile(path).iter_batches(batch_size=1_000, use_threads=False))


FORMATS: dict[str, tuple[Callable[[Path, int], None], Callable[[Path], int]]] = {
    "a.warc.gz": (_warc, _bare_warc),
    "a.wet.gz": (_wet, _bare_warc),
    "a.jsonl.zst": (_lines, _bare_lines),
    "a.csv.gz": (_csv, _bare_csv),
    "a.parquet": (_parquet, _bare_parquet),
}


def ingest(path: Path, folder: Path) -> tuple[float, str]:
    """Ingest a file into a fresh database; returns the seconds that the run took, and a digest of the items."""
    env = os.environ | {"MEERUIT_DATABASE_URL": f"sqlite:///{folder}/{path.name}.db"}
    meeruit = [sys.executable, "-P", "-m", "meeruit.worker"]
    subprocess.run([*meeruit, "db", "upgrade"], env=env, check=True, capture_output=True)
    told = subprocess.run([*meeruit, "ingest", path, "--json"], env=env, check=True, capture_output=True, text=True)
    items = subprocess.run(
        [*meeruit, "items", "--format", "jsonl", "--limit", "1000000"], env=env, check=True, capture_output=True
    ).stdout
    return float(json.loads(told.stdout)["seconds"]), hashlib.sha256(items).hexdigest()[:12]


def _processor_time() -> float:
    """Seconds of the processor that all commands took so far, their workers counted in."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Print a line for each format."""
    numbers = [int(word) for word in sys.argv[1:] if word.isdecimal()]
    count, names = next(iter(numbers), RECORDS), [name for name in FORMATS if any(w in name for w in sys.argv[1:])]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in names or FORMATS:
            make, bare = FORMATS[file]
            path = folder / file
            make(path, count)
            began, worked = time.perf_counter(), time.process_time()
            bare(path)
            alone, worked = time.perf_counter() - began, time.process_time() - worked
            before = _processor_time()
            seconds, digest = ingest(path, folder)
            ours = _processor_time() - before
            memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            print(
                f"{file:12} {path.stat().st_size / 1e6:7.1f} MB  bare {count / alone:9,.0f}/s  ingest {count / seconds:8,.0f}/s  "
                f"ratio {alone / seconds:5.2f} ({worked / ours:.2f} of processor time)  memory {memory:4.0f} MB  items {digest}",
                flush=True,
            )


if __name__ == "__main__":
    main()
