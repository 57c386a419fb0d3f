"""Blocks of three items, as many sites set them, and what they say."""

from __future__ import annotations

from meeruit.tasks.records import Item

BEFORE = "<main><h2>Meer uit Sport</h2>"
HOURS = ("2 uur geleden", "3 uur geleden", "5 uur geleden")
#: Of each item: headline, text, age.
THREE = [(f"Kop van stuk {n}", f"Tekst {n}.", age) for n, age in enumerate(HOURS)]


def cards(age: str) -> str:
    """A block of three items; ``{}`` in ``age`` is the item's age."""
    items = (
        f"<div><h3>Kop van stuk {n}</h3><p>GOES - Tekst {n}.</p><div>{age.replace('{}', hours)}</div></div>"
        for n, hours in enumerate(HOURS)
    )
    return f"{BEFORE}<section>{''.join(items)}</section></main>"


def told(items: tuple[Item, ...]) -> list[tuple[str | None, str, str | None]]:
    return [(item.headline, item.text, item.age) for item in items]


def opened(between: str, *, intro: str = "") -> str:
    """A flat block in which each age opens its item; ``between`` the heading and the first age, something else."""
    flat = "".join(f"<p>{age}</p><h3>Kop van stuk {n}</h3><p>GOES - Tekst {n}.</p>" for n, age in enumerate(HOURS))
    return f"<main><section><h2>Meer uit Sport</h2>{between}{intro}{flat}</section></main>"
