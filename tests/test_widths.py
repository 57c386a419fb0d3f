"""Tables on terminals: never wider than these are, and never without what a next command needs."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from meeruit.worker.cli.tables import Column, print_table

COLUMNS = [
    Column("id", "page", right=True),
    Column("at", "captured", spare=2),
    Column("section", "section", spare=1),
    Column("item", "item", flexible=True),
    Column("reason", "reason", flexible=True, whole=True),
    Column("address", "address", flexible=True, whole=True),
]
WORD = st.text(st.characters(categories=("L", "Nd", "P")), min_size=1, max_size=12)
ROW = st.tuples(
    st.integers(1, 10**7).map(str),
    st.sampled_from(["", "2026-03-02T14:05:00Z"]),
    WORD,
    st.lists(WORD, max_size=30).map(" ".join),
    st.lists(WORD, max_size=12).map(" ".join),
    st.lists(WORD, min_size=1, max_size=30).map("/".join),
)


class Terminal(io.StringIO):
    """A file that says that somebody looks at it."""

    def isatty(self) -> bool:
        return True


def shown(rows: Sequence[Sequence[str]], width: int | None, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lines of a table on a terminal so wide, or on none."""
    file = io.StringIO() if width is None else Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(width))
    print_table(rows, COLUMNS, file, "no pages")
    return re.sub("\x1b\\[[0-9;]*m", "", file.getvalue()).splitlines()


@pytest.mark.parametrize("width", [40, 80, 120, 200])
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=1, max_size=4))
def test_a_table_fits_and_keeps_numbers_reasons_and_addresses(
    width: int, rows: list[Sequence[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    head, *lines = shown(rows, width, monkeypatch)
    assert max(map(cell_len, [head, *lines])) <= width
    assert "page" in head
    printed = "".join("".join(lines).split())
    for number, *_ in rows:
        assert number in printed
    begins = head.index("address")
    addresses = "".join(_from(line, begins) for line in lines)
    assert addresses == "".join(row[-1] for row in rows)


def _from(line: str, begins: int) -> str:
    """What stands behind a column of a terminal, in which some characters are two wide, and some take no room."""
    found, at = "", 0
    for character in line:
        if begins <= at:
            found += character
        at += cell_len(character)
    return found.strip()


def test_columns_go_in_their_order_and_empty_ones_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    row = ["7", "2026-03-02T14:05:00Z", "Buitenland", "i" * 50, "", "/a/b"]
    assert shown([row], 120, monkeypatch)[0].split() == ["page", "captured", "section", "item", "address"]
    assert shown([row], 60, monkeypatch)[0].split() == ["page", "section", "item", "address"]
    assert shown([row], 40, monkeypatch)[0].split() == ["page", "item", "address"]


def test_where_nobody_looks_a_row_is_one_line_however_long(monkeypatch: pytest.MonkeyPatch) -> None:
    row = ["7", "2026-03-02T14:05:00Z", "Zee", "item " * 50, "no reason " * 30, "/a" * 300]
    (head, line) = shown([row], None, monkeypatch)
    assert head.split() == [column.title for column in COLUMNS]
    assert "no reason " * 30 in line
    assert line.endswith("/a" * 300)


def test_an_empty_table_is_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown([], 80, monkeypatch) == ["no pages"]
