"""Archives made after the specifications: the same pages as WARC, WET, JSON Lines, CSV and Parquet."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterable, Mapping

from meeruit.tasks import zstd

DATE = "2026-03-02T14:05:00Z"


def record(
    kind: str, url: str | None, block: bytes, *, media: str = "", date: str | None = DATE, length: int | None = None,
    more: Mapping[str, str] | None = None,
) -> bytes:  # fmt: skip
    """One WARC record; ``length``: a Content-Length that may be wrong."""
    fields = {"WARC-Type": kind, "WARC-Target-URI": url, "WARC-Date": date, "Content-Type": media} | dict(more or {})
    lines = [f"{name}: {value}" for name, value in fields.items() if value]
    head = "\r\n".join(["WARC/1.1", *lines, f"Content-Length: {len(block) if length is None else length}", "", ""])
    return head.encode() + block + b"\r\n\r\n"


def text(number: int, **odd: object) -> bytes:
    """A conversion record: page ``number`` as text."""
    return record("conversion", f"https://x.example/{number}", f"page {number}".encode(), media="text/plain", **odd)  # type: ignore[arg-type]


def answer(
    url: str, body: bytes, fields: str = "Content-Type: text/html", status: str = "200 OK", **odd: object
) -> bytes:
    """A response record."""
    block = f"HTTP/1.1 {status}\r\n{fields}\r\n\r\n".encode() + body
    return record("response", url, block, media="application/http; msgtype=response", **odd)  # type: ignore[arg-type]


def as_lines(rows: Iterable[Mapping[str, object]]) -> bytes:
    """JSON Lines."""
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def as_csv(rows: list[dict[str, object]], delimiter: str = ",") -> bytes:
    """CSV with a header."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def as_parquet(rows: list[dict[str, object]], row_group: int = 1000) -> bytes:
    """Parquet."""
    import pyarrow as pa
    from pyarrow.parquet import write_table

    out = io.BytesIO()
    write_table(pa.Table.from_pylist(rows), out, row_group_size=row_group)
    return out.getvalue()


def packed(name: str, parts: list[bytes]) -> bytes:
    """Records packed as the name says: one by one for WARC, together for all others."""
    pack = gzip.compress if name.endswith(".gz") else zstd.compress if name.endswith(".zst") else bytes
    one_by_one = ".warc" in name or ".wet" in name
    return b"".join(map(pack, parts)) if one_by_one else pack(b"".join(parts))
