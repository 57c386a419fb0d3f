"""docs/pages.md is true: its tables are what ``extract`` says of its pages, and its pictures are drawn from them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import takewhile

import pytest

from meeruit.tasks.extract import extract
from meeruit.tasks.records import Item, Page, Reason
from meeruit.tasks.times import iso
from tests.pictures import FOLDER, PICTURES, drawn, groups, read, spans

DOC = (FOLDER.parent / "pages.md").read_text("utf-8")
SVG = "{http://www.w3.org/2000/svg}"


def rows_behind(text: str) -> list[list[str]]:
    """The rows of the first table behind a text, each as its cells."""
    table = DOC[DOC.index(text) :].split("\n|", 1)[1]
    lines = takewhile(lambda line: line.startswith("|"), ("|" + table).split("\n"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines][2:]


def row_of(section: str | None, item: Item) -> list[str]:
    fields = [section, item.headline, item.place, ", ".join(item.agencies), item.text, item.age]
    return [*(field or "" for field in fields), iso(item.window.after) if item.window else ""]


@pytest.mark.parametrize("name", PICTURES)
def test_the_table_below_a_picture_is_what_extract_says(name: str) -> None:
    found = [row_of(block.section, item) for block, item in read(name).items()]
    assert found == rows_behind(f"](pictures/{name.rsplit('.')[0]}.svg)")


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_drawn_from_its_page_as_it_is(name: str) -> None:
    path, picture = dict(zip(PICTURES, drawn(), strict=True))[name]
    assert path.read_text("utf-8") == picture, "python -m tests.pictures draws it anew"
    root = ET.fromstring(picture)
    assert root.findtext(f"{SVG}title")
    assert root.findtext(f"{SVG}desc")


def test_the_pictures_show_every_kind_of_thing_that_the_page_names() -> None:
    shown = " ".join(picture for _, picture in drawn())
    for name in (
        "heading",
        "section Europe",
        "record 1",
        "title",
        "text",
        "age",
        "label",
        "interloper",
        "dateline 1",
        "cut off",
    ):
        assert f">{name}<" in shown or f" {name}<" in shown, name


def test_a_text_page_is_shown_whole() -> None:
    assert "".join(one.text for one in spans("text.txt")).rstrip("\n") == (FOLDER / "text.txt").read_text().rstrip("\n")


def test_the_cut_off_record_is_rejected_and_the_one_without_an_age_is_counted() -> None:
    (text,), (cards,) = read("text.txt").blocks, read("cards.html").blocks
    assert [reject.reason for reject in text.rejected] == [Reason.CUT]
    assert (cards.unread, cards.rejected) == (1, ())
    assert (
        sum(part.role == "interloper" for block in groups("cards.html").parts for part in getattr(block, "parts", []))
        == 2
    )


def test_without_the_declaration_only_the_headed_list_of_the_front_page_is_a_block() -> None:
    assert [block.section for block in read("front.html", listing=False).blocks] == ["Latest news"]


def test_every_reason_is_told_and_every_example_is_rejected_for_it() -> None:
    rows = rows_behind("## What is rejected")
    assert {row[0].strip("`") for row in rows} == set(Reason)
    for reason, _, example in rows:
        if example:
            body = example.strip("`").replace("⏎", "\n").encode()
            (block,) = extract(Page(body, media_type="text/plain")).blocks
            assert [reject.reason for reject in block.rejected] == [reason.strip("`")]
            assert len(block.items) == 1


def test_too_long_is_what_the_page_says() -> None:
    def reasons(letters: int) -> list[str]:
        text = "Meer uit Zee\nGOES - " + "a" * letters + ".\n1 uur geledenHULST - Kort.\n2 uur geleden"
        (block,) = extract(Page(text.encode(), media_type="text/plain")).blocks
        return [reject.reason for reject in block.rejected]

    (told,) = re.findall(r"more than ([\d,]+) characters", DOC)
    longest = int(told.replace(",", ""))
    assert reasons(longest - 1) == []
    assert reasons(longest) == [Reason.TOO_LONG]
