"""The colours of the page: what stands on what, in light and dark, as WCAG 2.2 measures it (1.4.3, 1.4.11).

All colours have names, and every name that the stylesheet uses has its place in the tables here.
"""

from __future__ import annotations

import re
from importlib import resources

import pytest

CSS = (resources.files("meeruit.worker.web") / "static" / "style.css").read_text()
_PALETTES, _RULES = CSS.split("*, *::before", 1)
_LIGHT, _DARK = (dict(re.findall(r"--([\w-]+): (#\w{6});", part)) for part in _PALETTES.split("@media"))
THEMES = {"light": _LIGHT, "dark": _LIGHT | _DARK}

#: Letters, and what they stand on.
TEXT = {
    "ink": ("back", "card", "ground", "soft", "s1", "s2", "s3", "gone", "new"),
    "dim": ("back", "card", "ground", "s1"),
    "link": ("back", "card"),
    "bad": ("back", "card", "soft"),
    "accent": ("back", "card"),
    "on-accent": ("accent", "s4", "s5"),
}
#: What else has to be seen: parts of charts and their keys, the edges of fields, the mark of the focus.
GRAPHICS = {
    "accent": ("back", "card", "ground"),
    "bad": ("card", "ground"),
    "edge": ("back", "card"),
    "focus": ("back", "card"),
    "link": ("back", "card"),
    "s4": ("back", "card", "ground"),
    **dict.fromkeys(("c0", "c1", "c2", "c3", "c4", "c5"), ("back", "card")),
}
#: Lines between and grounds below what is told in words besides.
DECORATION = {"rule", "ground", "soft", "card"}


def contrast(one: str, other: str) -> float:
    """How much lighter one colour is than another: 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _used(properties: str) -> set[str]:
    """The names of colours that the rules use for such properties."""
    values = re.findall(rf"(?:^|[\s;{{])(?:{properties}): ([^;}}]+)[;}}]", _RULES)
    return {name for value in values for name in re.findall(r"var\(--([\w-]+)\)", value)} & set(_LIGHT)


def test_contrast_is_measured_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", THEMES)
def test_letters_stand_out_from_all_they_stand_on(theme: str) -> None:
    colours = THEMES[theme]
    found = {(ink, on): contrast(colours[ink], colours[on]) for ink, grounds in TEXT.items() for on in grounds}
    assert {pair: round(ratio, 2) for pair, ratio in found.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", THEMES)
def test_graphics_stand_out_from_all_they_stand_on(theme: str) -> None:
    colours = THEMES[theme]
    found = {
        (shape, on): contrast(colours[shape], colours[on]) for shape, grounds in GRAPHICS.items() for on in grounds
    }
    assert {pair: round(ratio, 2) for pair, ratio in found.items() if ratio < 3} == {}


def test_every_colour_has_a_name_and_a_place() -> None:
    assert re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(", _RULES) == []
    assert set(_DARK) == set(_LIGHT)
    letters = _used("color")
    assert letters <= set(TEXT)
    assert _used("fill|stroke") <= set(GRAPHICS) | set(TEXT) | DECORATION
    edges = _used("border|border-color|border-left|border-bottom-color|outline|box-shadow")
    assert edges <= set(GRAPHICS) | DECORATION
    grounds = {on for pairs in TEXT.values() for on in pairs}
    assert _used("background") <= grounds | set(GRAPHICS)
    assert set(_LIGHT) == letters | edges | _used("fill|stroke|background"), "a colour that nothing has"


def test_nothing_that_can_be_seen_is_paled_by_half_as_a_whole() -> None:
    """What shines through has an edge of its full colour."""
    rules = re.findall(r"\{([^{}]*fill-opacity[^{}]*)\}", _RULES)
    assert all("stroke: var(" in rule for rule in rules)
    assert re.findall(r"[\s;{]opacity: (?!1;)", _RULES) == []
