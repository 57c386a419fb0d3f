"""The boxes of a page: the elements that hold running text, and which of them holds the article's.

The paragraphs of an article stand in one box; a deck, a notice, a byline stand alone, and mostly nearer to the headline.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from meeruit.tasks.grammar.ages import read_age
from meeruit.tasks.grammar.datelines import read_dateline
from meeruit.tasks.grammar.items import ends_sentence
from meeruit.tasks.grammar.known import known
from meeruit.tasks.grammar.profiles import Profile
from meeruit.tasks.html.paragraphs import Paragraph

#: What can be an article: so many paragraphs, so many characters.
MANY, LONG = 3, 400
#: The fewest words of running text that ends in no stop, and the most of a line about the text: a byline, a date.
_PROSE, _ABOUT = 8, 20
_BYLINE = re.compile(r"(?:by|door|von|par|por|di)\s+[A-ZÀ-ÖØ-Þ]", re.IGNORECASE)
_STAMP = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}[:.h]\d\d\b")
_RIGHTS = ("©", "All rights reserved")
_NUMBER = re.compile(r"\d")


@dataclass(slots=True)
class Box:
    """The running text of one element: its paragraphs, in order."""

    node: LexborNode
    #: How far from the headline it stands: see ``Place``.
    level: int
    texts: list[str] = field(default_factory=list)
    #: Where of its first paragraphs the one stands that opens with the dateline of a report.
    report: int | None = None

    @property
    def weight(self) -> int:
        """Characters of text."""
        return sum(map(len, self.texts))


def main_box(boxes: Sequence[Box], deck: Sequence[Box]) -> Box | None:
    """The box of the article: the nearest to the headline with several paragraphs, or a report.

    What stands alone is a deck where several follow further away, and else the whole article. ``deck``: one known as such.
    """
    alone: Box | None = None
    for level in sorted({box.level for box in boxes}):
        here = [box for box in boxes if box.level == level]
        enough = min(LONG, max(box.weight for box in here) // 3)
        for box in (box for box in here if box.report is not None or (len(box.texts) > 1 and box.weight >= enough)):
            if alone is None or (box.weight >= 2 * alone.weight and (len(box.texts) >= MANY or box.weight >= LONG)):
                return box
        if alone is None:
            alone = here[0]
            if deck:
                return alone
    return alone


def goes_on(box: Box, other: Box) -> bool:
    """Whether the text of a box goes on in another one: of the same kind beside it, or in it."""
    above, around = other.node.parent, box.node.parent
    if len(other.texts) < 2 or above is None or around is None or around.tag == "body":
        return False
    if above.mem_id == box.node.mem_id:
        return True
    further = above.parent, around.parent
    beside = above.mem_id == around.mem_id or (further[0] and further[1] and further[0].mem_id == further[1].mem_id)
    return bool(beside) and (above.tag, other.node.tag) == (around.tag, box.node.tag)


def boxes_of(paragraphs: Sequence[Paragraph], profile: Profile) -> list[Box]:
    """The boxes of the paragraphs that are running text, in reading order."""
    boxes: dict[int, Box] = {}
    for text, node, level in paragraphs:
        if not _is_text(text, profile):
            continue
        box = boxes.setdefault(node.mem_id, Box(node, level))
        if box.report is None and len(box.texts) < MANY and _is_report(text, profile):
            box.report = len(box.texts)
        box.texts.append(text)
    return list(boxes.values())


@known
def _is_text(text: str, profile: Profile) -> bool:
    """Whether a paragraph is running text: no byline, date, credit, age or label."""
    if profile.noise.fullmatch(text):
        return False
    if any(one in text for one in _RIGHTS):
        return False
    if _is_report(text, profile):
        dateline = read_dateline(text, profile.agencies)
        return dateline is None or read_age(dateline.rest, profile.ages) is None
    if ends_sentence(text):
        return True
    words = text.count(" ") + 1
    return words >= _PROSE and not (words <= _ABOUT and (_BYLINE.match(text) or _STAMP.search(text)))


def _is_report(text: str, profile: Profile) -> bool:
    """Whether a paragraph opens with a dateline; ``SAVE $50 - `` is none."""
    dateline = read_dateline(text, profile.agencies)
    return dateline is not None and dateline.sure and not _NUMBER.search(dateline.place or "")
