"""Pages as text extractions, in the five forms of the site.

G glued; N as G with an empty first line; H headed; L region listing; S section listing. Decides nothing about what a
page shows, only how; every choice of noise comes from the generator that it is given.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.newswire import words
from tests.newswire.captures import Lead, Printed, Sheet
from tests.newswire.noise import encoded, smudged

FURNITURE = "Webmail\nKies je webmail\nLog hieronder in om je berichten te lezen.\n"
NAMES = ("Buitenland", "Binnenland", "Sport", "Zeeland")
FOOTER = "Over ons\nContact\nPrivacy en cookies\n"


def render(rng: random.Random, form: str, sheet: Sheet) -> str:
    """The page as text, with one block or none; what is cut breaks off in its body or inside its age."""
    page = FORMS[form](rng, sheet) if sheet.blocks else _lead(rng, sheet.lead, "")
    return page.replace("\n", "\r\n") if rng.random() < 0.1 else page


def _glued(rng: random.Random, sheet: Sheet) -> str:
    return f"{_lead(rng, sheet.lead, '')}{_heading(rng, sheet)}\n{_run(rng, sheet)}"


def _after_empty_line(rng: random.Random, sheet: Sheet) -> str:
    return "\n" + _glued(rng, sheet)


def _headed(rng: random.Random, sheet: Sheet) -> str:
    return f"{FURNITURE}\n{_lead(rng, sheet.lead, chr(10))}{_heading(rng, sheet)}\n\n{_stacked(rng, sheet, '')}"


def _region(rng: random.Random, sheet: Sheet) -> str:
    ticker = "".join(
        f"- {rng.choice(NAMES)} {rng.randint(6, 22)}:{rng.randint(10, 59)} {headline}\n" for headline in sheet.ticker
    )
    return f"{sheet.blocks[0].section}\nNet binnen\n{ticker}{_run(rng, sheet)}"


def _section(rng: random.Random, sheet: Sheet) -> str:
    day = f"{rng.choice(words.DAYS)} {rng.randint(1, 28)} maart 2025"
    above = f"{FURNITURE}\n{day}\nEditie: NL & Wereld | Zeeland\n{sheet.blocks[0].section}\n\n"
    return above + _stacked(rng, sheet, "ANP ")


Form = Callable[[random.Random, Sheet], str]
FORMS: dict[str, Form] = {"G": _glued, "N": _after_empty_line, "H": _headed, "L": _region, "S": _section}


def _run(rng: random.Random, sheet: Sheet) -> str:
    """Items one after the other: each age is glued to what follows it."""
    page = "".join(f"{_teaser(rng, item)}{_to_age(rng)}{_age(rng, item)}" for item in sheet.blocks[0].items)
    return page + (_broken(rng, sheet.cut, "\n") if sheet.cut else rng.choice(["", "", "\n"]))


def _stacked(rng: random.Random, sheet: Sheet, credit: str) -> str:
    """Headline, dateline with body, age; the next headline on the very next line."""
    page = "".join(
        f"{credit}{_headline(rng, item)}\n\n{_teaser(rng, item)}\n\n{_age(rng, item)}{_line_end(rng)}"
        for item in sheet.blocks[0].items
    )
    if sheet.cut:
        return page + f"{credit}{_headline(rng, sheet.cut)}\n\n" + _broken(rng, sheet.cut, "\n\n")
    return page + rng.choice(["", credit[:1], FOOTER])


def _teaser(rng: random.Random, item: Printed) -> str:
    """Dateline, dash and body on one line, with the noise of this copy."""
    dash = rng.choice(["-"] * 8 + ["–", "—"])
    space = "" if rng.random() < 0.05 else " "
    line = f"{item.dateline}{space}{dash} {item.text}" if item.dateline else item.text
    return encoded(rng, smudged(rng, line, lines=True))


def _headline(rng: random.Random, item: Printed) -> str:
    return encoded(rng, smudged(rng, item.headline or ""))


def _age(rng: random.Random, item: Printed) -> str:
    return item.age.words.replace(" ", rng.choice(["\u00a0", "  "]), 1) if rng.random() < 0.05 else item.age.words


def _to_age(rng: random.Random) -> str:
    return rng.choice(["\n"] * 8 + ["\n\n", " \n", "\u00a0\n", "\n "])


def _line_end(rng: random.Random) -> str:
    return rng.choice(["\n"] * 8 + [" \n", "\u00a0\n"])


def _broken(rng: random.Random, item: Printed, to_age: str) -> str:
    """A copy that the capture cut off: in its body, or inside its age."""
    line = f"{item.dateline} - {item.text}"
    if rng.random() < 0.5:
        return line[: rng.randint(len(line) - len(item.text) // 2, len(line) - 1)]
    age = item.age.words
    return line + to_age + age[: rng.randint(1, len(age) - 1)]


def _heading(rng: random.Random, sheet: Sheet) -> str:
    return f"Meer uit {sheet.blocks[0].section}" + rng.choice(["", "", "", " ", "\u00a0"])


def _lead(rng: random.Random, lead: Lead | None, blank: str) -> str:
    """The article above: its headline (twice where lines are parted by blanks) and its paragraphs."""
    if lead is None:
        return ""
    first, *others = lead.paragraphs
    headline = encoded(rng, smudged(rng, lead.headline))
    paragraphs = [f"{lead.dateline} - {first}", *others]
    lines = [headline] * (2 if blank else 1) + [encoded(rng, smudged(rng, text)) for text in paragraphs]
    return "".join(f"{line}\n{blank}" for line in lines)
