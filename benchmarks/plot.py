"""The table of ``make bench`` as a picture: a bar for each ratio, with its spread, its floor and its aim."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

_LEFT, _WIDE, _ROW, _TOP = 200, 460, 34, 46
_STYLE = (
    "svg{--back:#fff;--ink:#1f2328;--dim:#656d76;--bar:#0550ae;--rule:#d0d7de}"
    "@media(prefers-color-scheme:dark){svg{--back:#0d1117;--ink:#e6edf3;--dim:#8d96a0;--bar:#79c0ff;--rule:#3d444d}}"
    'text{font:13px system-ui,"Segoe UI","DejaVu Sans",sans-serif;fill:var(--ink)}'
)


class Bar(NamedTuple):
    """One row: the median ratio and its spread, and what it is held to."""

    name: str
    ratio: float
    least: float
    most: float
    floor: float
    aim: float


def picture(bars: Sequence[Bar]) -> str:
    """An SVG of the bars; as fast as the yardstick is 1."""
    end = max(1.2, *(bar.most for bar in bars)) * 1.05
    height = _TOP + _ROW * len(bars) + 16
    shapes = [_text(16, 26, "Speed beside the yardstick: 1 is as fast; lines are floor and aim", "ink")]
    for number, bar in enumerate(bars):
        y = _TOP + _ROW * number
        shapes.append(_text(16, y + 16, bar.name, "ink"))
        shapes.append(
            f'<rect x="{_LEFT}" y="{y + 3}" width="{_at(bar.ratio, end):.0f}" height="18" fill="var(--bar)"/>'
        )
        for value in (bar.floor, bar.aim):
            x = _LEFT + _at(value, end)
            shapes.append(
                f'<path d="M{x:.1f} {y - 2}v28" stroke="var(--ink)" stroke-width="1.5" stroke-dasharray="3 2"/>'
            )
        start, stop = _LEFT + _at(bar.least, end), _LEFT + _at(bar.most, end)
        shapes.append(f'<path d="M{start:.1f} {y + 12}H{stop:.1f}" stroke="var(--dim)" stroke-width="3"/>')
        shapes.append(_text(_LEFT + _WIDE + 12, y + 16, f"{bar.ratio:.2f}", "ink"))
    axis = f'<path d="M{_LEFT} {_TOP - 6}V{height - 12}" stroke="var(--rule)"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDE + 60} {height}" role="img">'
        f"<title>Speed beside the yardsticks</title><style>{_STYLE}</style>"
        f'<rect width="100%" height="100%" fill="var(--back)"/>{axis}{"".join(shapes)}</svg>\n'
    )


def _at(value: float, end: float) -> float:
    return _WIDE * value / end


def _text(x: float, y: float, said: str, colour: str) -> str:
    return f'<text x="{x}" y="{y}" fill="var(--{colour})">{escape(said)}</text>'
