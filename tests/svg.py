"""A plain canvas for pages that are marked up: boxes within boxes, lines of print, what each line is beside it.

Colours have a meaning, and a name in the margin besides; the picture has a background of its own, light or dark.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from xml.sax.saxutils import escape

WIDTH, MARGIN, GUTTER = 800, 16, 600
_ROW, _PAD, _INDENT = 20, 8, 14
#: Characters of a line, and of one of the text page, whose letters are all equally wide.
_CHARS, _COLUMNS, _LETTER = 70, 70, 7.5
_STYLE = """
  svg { --back: #ffffff; --ink: #1f2328; --dim: #656d76; --rule: #d0d7de; --heading: #8250df; --title: #0550ae; --text: #1a7f37;
        --age: #9a6700; --label: #bf3989; --bad: #cf222e; }
  @media (prefers-color-scheme: dark) {
    svg { --back: #0d1117; --ink: #e6edf3; --dim: #8d96a0; --rule: #3d444d; --heading: #d2a8ff; --title: #79c0ff; --text: #7ee787;
          --age: #e3b341; --label: #ff9bce; --bad: #ff7b72; }
  }
  text { font: 13px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
  .mono { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 12.5px; }
  .big { font-weight: 600; }
"""
_COLOURS = {
    "heading": "heading", "title above": "heading", "block": "heading", "title": "title", "dateline": "title", "text": "text",
    "age": "age", "label": "label", "interloper": "bad", "cut off": "bad", "record": "title", "article": "dim",
}  # fmt: skip


class Canvas:
    """Grows downwards; ``end`` gives the file."""

    def __init__(self, title: str, told: str) -> None:
        self.title, self.told = title, told
        self.y = MARGIN + _PAD
        self.shapes: list[str] = []
        #: The row that was last noted in the margin, and how far its notes reach.
        self.noted = (0, GUTTER)

    def line(self, role: str, text: str, depth: int) -> None:
        """A line of print, wrapped, and in the margin what it is."""
        dim = role in {"", "article", "another heading"}
        weight = ' class="big"' if role in {"heading", "title above", "title", "another heading"} else ""
        for row, piece in enumerate(textwrap.wrap(text, _CHARS, drop_whitespace=False)):
            if row == 0 and role:
                self.note(role)
            self._text(_left(depth), piece, "dim" if dim else "ink", weight)
            self.y += _ROW

    @contextmanager
    def box(self, role: str, name: str, depth: int, roomy: bool = False) -> Iterator[None]:
        """A box around all that is drawn inside of it; ``roomy``: its name has a row of its own."""
        self.y += _PAD // 2
        top, at = self.y, len(self.shapes)
        self.y += _PAD + roomy * _ROW
        yield
        self.y += _PAD // 2
        left, right = _left(depth) - _PAD, GUTTER - 16 - depth * _INDENT
        colour = _COLOURS.get(role, "rule")
        dashes = ' stroke-dasharray="5 4"' if role in {"interloper", "other"} else ""
        self.shapes.insert(
            at,
            f'<rect x="{left}" y="{top}" width="{right - left}" height="{self.y - top}" rx="5" fill="{_var(colour)}" '
            f'fill-opacity="0.05" stroke="{_var(colour)}" stroke-width="1.3"{dashes}/>',
        )
        shade = "dim" if colour == "rule" else colour
        self._text(right - _PAD, name, shade, ' text-anchor="end"', top + _PAD + 14)
        self.y += _PAD

    def span(self, role: str, text: str, column: int) -> None:
        """A stretch of a line in letters of equal width, with its colour behind it."""
        x, width = _left(1) + column * _LETTER, len(text) * _LETTER
        if role in _COLOURS and role != "article":
            tint = f'fill="{_var(_COLOURS[role])}" fill-opacity="0.18"'
            self.shapes.append(f'<rect x="{x:g}" y="{self.y}" width="{width:g}" height="{_ROW - 2}" rx="3" {tint}/>')
        shade = "dim" if role == "article" else "ink"
        self._text(x, text, shade, f' class="mono" textLength="{width:g}" xml:space="preserve"')

    def begin(self, column: int) -> None:
        """A stroke where a record begins."""
        x = _left(1) + column * _LETTER
        stroke = f'stroke="{_var("title")}" stroke-width="2.5"'
        self.shapes.append(f'<line x1="{x:g}" y1="{self.y - 1}" x2="{x:g}" y2="{self.y + _ROW - 1}" {stroke}/>')

    def note(self, role: str) -> None:
        """What stands in this row, in the margin; several of a row stand side by side."""
        row, x = self.noted
        x = x if row == self.y else GUTTER
        self._text(x, role, _COLOURS.get(role.rstrip(" 0123456789"), "dim"))
        self.noted = self.y, x + 7 * len(role) + 10

    def _text(self, x: float, text: str, colour: str, more: str = "", y: float | None = None) -> None:
        if text:
            at = self.y + 14 if y is None else y
            self.shapes.append(f'<text x="{x:g}" y="{at:g}" fill="{_var(colour)}"{more}>{escape(text)}</text>')

    def end(self) -> str:
        """The whole file."""
        height = self.y + MARGIN + _PAD
        frame = (
            f'<rect x="{MARGIN}" y="{MARGIN}" width="{GUTTER - 2 * MARGIN + 8}" height="{height - 2 * MARGIN}" rx="6"'
        )
        head = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
            'role="img" aria-labelledby="title desc">',
            f'<title id="title">{escape(self.title)}</title>',
            f'<desc id="desc">{escape(self.told)}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect width="{WIDTH}" height="{height}" fill="{_var("back")}"/>',
            f'{frame} fill="none" stroke="{_var("rule")}"/>',
        ]
        return "\n".join([*head, *self.shapes, "</svg>\n"])


def draw_text(canvas: Canvas, spans: Sequence[tuple[str, str]]) -> None:
    """A page of plain text, its lines wrapped, each stretch with its colour; what is of one record has its number."""
    column = records = 0
    for role, text in spans:
        records += role in {"dateline", "cut off"}
        note = f"{role} {records}" if records and role in {"dateline", "text", "age"} else role
        starts = role in {"dateline", "cut off"}
        for piece in _pieces(text, column):
            if piece == "\n":
                canvas.y += _ROW
                column = 0
                continue
            canvas.span(role, piece, column)
            if starts:
                canvas.begin(column)
            if note:
                canvas.note(note)
            column += len(piece)
            note, starts = "", False
    canvas.y += _ROW


def _pieces(text: str, column: int) -> Iterator[str]:
    """``text`` cut where it does not fit, a line feed between two rows."""
    for number, line in enumerate(text.split("\n")):
        if number:
            yield "\n"
            column = 0
        while line:
            piece = _fitting(line, _COLUMNS - column)
            if piece:
                yield piece
            line = line[len(piece) :]
            if line:
                yield "\n"
                column = 0


def _fitting(text: str, room: int) -> str:
    """As many words of ``text`` as there is room for."""
    if len(text) <= room:
        return text
    return text[: text.rfind(" ", 0, room) + 1]


def _left(depth: int) -> int:
    return MARGIN + 12 + depth * _INDENT


def _var(name: str) -> str:
    return f"var(--{name})"
