"""Draws the marked-up pages of docs/pages.md: ``python -m tests.pictures``, from the pages beside the pictures.

What a line is called (title, text, age, heading) is what ``extract`` says of the page; nothing is marked by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

from meeruit.tasks.extract import extract
from meeruit.tasks.records import Extraction, Page
from tests import svg

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
CAPTURED = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
#: Page, title of its picture, what the picture shows in words.
PICTURES = {
    "text.txt": (
        "A text page",
        "Below a heading every age ends a record, and the next record is glued to it. The last one has no age: it is cut off.",
    ),
    "cards.html": (
        "A page with cards below a heading",
        "Three records under one heading; an advertisement and a form between them are passed over; a list of most read stays out.",
    ),
    "front.html": (
        "A front page that is declared a listing",
        "Three lists of teasers are three blocks: one below a title, one without, one below a heading. Menu and tags are none.",
    ),
}
_LEAVES = frozenset({"article", "li", "aside", "form"})
_LINES = "h1, h2, h3, p, a, span, small, em"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of print and what it is."""

    role: str
    text: str


@dataclass(slots=True)
class Group:
    """What belongs together: ``block``, ``record``, ``interloper`` or ``other``."""

    role: str
    name: str
    parts: list[Group | Line] = field(default_factory=list)


def read(name: str, listing: bool | None = None) -> Extraction:
    """What the product finds on a pictured page; only the front page is declared a listing, if nobody says so."""
    kind = "text/html" if name.endswith("html") else "text/plain"
    body = (FOLDER / name).read_bytes()
    return extract(
        Page(body, observed_at=CAPTURED, media_type=kind, listing=name == "front.html" if listing is None else listing)
    )


def spans(name: str) -> list[Line]:
    """A text page as stretches in order, each with what it is."""
    rest, found = (FOLDER / name).read_text("utf-8"), read(name)
    lines: list[Line] = []

    def take(text: str, role: str, before: str) -> None:
        nonlocal rest
        start = rest.index(text)
        lines.extend(Line(before, rest[:start]) for _ in range(start > 0))
        lines.append(Line(role, text))
        rest = rest[start + len(text) :]

    for block in found.blocks:
        take(next(line for line in rest.split("\n") if line.endswith(f" {block.section}")), "heading", "article")
        for item in block.items:
            take(item.text, "text", "dateline")
            take(item.age or "", "age", "")
        for reject in block.rejected:
            take(reject.text, reject.reason.value, "")
    return lines


def groups(name: str) -> Group:
    """An HTML page as groups of lines, each with what it is."""
    body = LexborHTMLParser((FOLDER / name).read_bytes()).body
    assert body is not None
    page = Group("page", "")
    _add(page, body, read(name), {block.section for block in read(name, listing=False).blocks})
    return page


def _add(group: Group, node: LexborNode, found: Extraction, headed: set[str | None]) -> None:
    """Add what stands in an element to a group; ``headed``: the sections that a heading names."""
    for child in node.iter():
        tag = child.tag or ""
        if tag == "nav":
            group.parts.append(Group("other", "menu", [Line("", _joined(child))]))
        elif tag in {"section", "ul"} and group.role == "page":
            inner = _container(child, found)
            group.parts.append(inner)
            _add(inner, child, found, headed)
        elif tag in _LEAVES or child.attributes.get("class") == "card":
            group.parts.append(_leaf(child, group, found))
        elif tag == "p" and child.css("a"):
            group.parts.append(Group("other", "tags", [Line("", _joined(child))]))
        elif tag == "h2":
            group.parts.append(Line(_heading_role(child, found, headed), child.text()))
        elif tag in {"h1", "p"}:
            group.parts.append(Line("article", child.text()))
        else:
            _add(group, child, found, headed)


def _container(node: LexborNode, found: Extraction) -> Group:
    """A block, by the name that it has, or another list."""
    for block in found.blocks:
        if any(item.headline in node.text() for item in block.items if item.headline):
            return Group("block", f"block, section {block.section}" if block.section else "block, no section")
    return Group("other", "another list")


def _leaf(node: LexborNode, group: Group, found: Extraction) -> Group | Line:
    """A record with its fields, or what is none."""
    texts = list(dict.fromkeys(one.text(strip=True) for one in node.css(_LINES)))
    for number, (_, item) in enumerate(found.items(), 1):
        if item.headline in texts:
            roles = {item.headline: "title", item.text: "text", item.age: "age"}
            return Group("record", f"record {number}", [Line(roles.get(text, "label"), text) for text in texts])
    if group.role != "block":
        return Line("", " · ".join(texts))
    return Group("interloper", "interloper", [Line("", text) for text in texts])


def _heading_role(node: LexborNode, found: Extraction, headed: set[str | None]) -> str:
    names = [block.section for block in found.blocks if block.section and node.text().endswith(block.section)]
    if not names:
        return "another heading"
    return "heading" if names[0] in headed else "title above"


def _joined(node: LexborNode) -> str:
    return " · ".join(one.text() for one in node.css("a"))


def drawn() -> Iterator[tuple[Path, str]]:
    """Every picture, with the path of its file."""
    for name, (title, told) in PICTURES.items():
        canvas = svg.Canvas(title, told)
        if name.endswith(".txt"):
            svg.draw_text(canvas, [(one.role, one.text) for one in spans(name)])
        else:
            _draw(canvas, groups(name), 0)
        yield (FOLDER / name).with_suffix(".svg"), canvas.end()


def _draw(canvas: svg.Canvas, group: Group, depth: int) -> None:
    for part in group.parts:
        if isinstance(part, Line):
            canvas.line(part.role, part.text, depth)
        else:
            with canvas.box(part.role, part.name, depth, roomy=isinstance(part.parts[0], Group)):
                _draw(canvas, part, depth + 1)


if __name__ == "__main__":
    for path, picture in drawn():
        path.write_text(picture, "utf-8")
