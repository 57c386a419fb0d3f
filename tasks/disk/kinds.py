"""What a file holds, by its name: one page, or records, and how they are packed."""

from __future__ import annotations

from enum import StrEnum

#: Endings of files packed as one stream.
PACKED = (".gz", ".zst")


class Kind(StrEnum):
    """How a file holds its records."""

    LINES = "JSON Lines"
    CSV = "CSV"
    WARC = "WARC"
    PARQUET = "Parquet"


_ENDINGS = {
    ".jsonl": Kind.LINES,
    ".ndjson": Kind.LINES,
    ".jl": Kind.LINES,
    ".csv": Kind.CSV,
    ".tsv": Kind.CSV,
    ".warc": Kind.WARC,
    ".wet": Kind.WARC,
    ".parquet": Kind.PARQUET,
}
#: Files of records that nobody here reads, and what to make of them.
_OTHERS = {
    ".arc": "an ARC archive, the format before WARC",
    ".wat": "a WAT archive, which holds metadata and no pages",
    ".wacz": "a WACZ archive; unzip it and name the WARC files in it",
    ".feather": "an Arrow file; write it as Parquet",
    ".arrow": "an Arrow file; write it as Parquet",
    ".avro": "an Avro file; write it as Parquet or JSON Lines",
    ".orc": "an ORC file; write it as Parquet",
}


def kind_of(path: str) -> Kind | None:
    """How a file of this name holds records; None for one page, and for what is told apart by its content."""
    inner, _ = unpacked_name(path)
    kind = _ENDINGS.get(_ending(inner))
    return None if kind is Kind.PARQUET and inner != path.lower() else kind


def refused(path: str) -> str | None:
    """What a file of records is that nobody here reads; None for all others."""
    inner, packing = unpacked_name(path)
    what = _OTHERS.get(_ending(inner))
    if what is None and packing and _ending(inner) in {".json", ".parquet"}:
        what = f"a packed {_ending(inner)} file; unpack it first"
    return f"not read: {what}" if what else None


def unpacked_name(path: str) -> tuple[str, str]:
    """The name in lower case without the ending of a packed file, and that ending or nothing."""
    name = path.lower()
    packing = next((ending for ending in PACKED if name.endswith(ending)), "")
    return name.removesuffix(packing), packing


def _ending(name: str) -> str:
    base = name.rpartition("/")[2]
    return "." + base.rpartition(".")[2] if "." in base else ""
