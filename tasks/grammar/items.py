"""The item grammar: what the lines that belong to one age say.

Headline, dateline, body; photo credit, author and comment count told apart from them. One grammar for both doors.
Knows no page and no other item.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from meeruit.tasks.fold import collapse, hash_clean, is_spaced
from meeruit.tasks.grammar.blocks import Line
from meeruit.tasks.grammar.datelines import Dateline, read_dateline
from meeruit.tasks.grammar.known import known
from meeruit.tasks.grammar.profiles import Profile
from meeruit.tasks.grammar.unmark import unwrap
from meeruit.tasks.records import Reason, Reject

#: Longer than any wire item by far: what is longer is a page whose ages were not read, not an item.
LONGEST_TEXT = 10_000
LONGEST_HEADLINE = 500
#: How much of what is rejected is kept for people to look at.
SHOWN = 1_000
_CLOSING = "\"'”’»)]"
#: What may be set before or behind the words of a link.
_ARROWS = " →»›>…."
#: The fewest words of a line that is prose without a final stop, and of a headline among labels.
_PROSE, _LABEL = 8, 2


class Reading(NamedTuple):
    """What the lines say. Without ``content_hash`` they are no item, and ``rejected`` says why."""

    headline: str | None = None
    dateline: Dateline | None = None
    text: str = ""
    url: str | None = None
    content_hash: str | None = None
    rejected: tuple[Reject, ...] = ()
    #: The lines before the item, where they are not part of it.
    before: tuple[str, ...] = ()


def read_item(lines: str | tuple[Line, ...], profile: Profile, *, first: bool = False) -> Reading:
    """Read the lines of one age; ``first``: no heading bounds them, so that a whole page can stand before the item."""
    if isinstance(lines, str):
        text = lines[-2 * LONGEST_TEXT :]  # what is longer ends in an item, or is too long for one: either shows there
        return (_known if len(text) <= _KEPT else _read_text)(text, profile, first)
    kept = sum([len(line.text) for line in lines]) <= _KEPT
    return (_known_lines if kept else _read)(lines, profile, first)


def read_tail(lines: str | tuple[Line, ...], profile: Profile) -> Reject | None:
    """What belongs to no age: a cut-off item where it opens with a dateline, or a headline and one; else nothing."""
    printed = printed_lines(lines_of(lines[: 2 * LONGEST_TEXT]) if isinstance(lines, str) else lines, profile)
    if printed and _is_cut(printed[0], profile):
        return _reject(Reason.CUT, printed)
    if len(printed) > 1 and not printed[0].text.endswith(".") and _is_cut(printed[1], profile):
        return _reject(Reason.CUT, printed)
    return None


def _is_cut(line: Line, profile: Profile) -> bool:
    """Whether a line opens with a dateline; ``Contact - Over ons - Adverteren`` is a footer."""
    dateline = read_dateline(line.text, profile.agencies)
    return dateline is not None and (dateline.sure or (" " in dateline.rest and " - " not in dateline.rest))


def is_text(line: Line, profile: Profile) -> bool:
    """Whether a line can be the body of an item: running text, or what opens with a dateline."""
    return is_prose(line) or (not line.level and read_dateline(line.text, profile.agencies) is not None)


def lines_of(text: str) -> tuple[Line, ...]:
    """The lines of a stretch of plain text (as the text door makes it), without the empty ones."""
    lines = [line.strip(" ") for line in text.split("\n")] if is_spaced(text) else list(map(collapse, text.split("\n")))
    return tuple([Line(line) for line in (unwrap(lines) if "" in lines else lines)])


def _read_text(text: str, profile: Profile, first: bool) -> Reading:
    lines = lines_of(text)
    return _read_printed(lines, [line for line in lines if not is_noise(line.text, profile)], profile, first)


def _read(lines: tuple[Line, ...], profile: Profile, first: bool) -> Reading:
    return _read_printed(lines, printed_lines(lines, profile), profile, first)


def _read_printed(lines: tuple[Line, ...], printed: list[Line], profile: Profile, first: bool) -> Reading:
    """Read lines, of which those that are text are ``printed``."""
    start, dateline = _opening(printed, profile, first)
    cut: tuple[Reject, ...] = ()
    before: Sequence[Line] = ()
    if dateline is not None:
        cut, before = _cut_before(printed, start, profile, first)
        headline = _headline(before)
        body = _body(printed[start], dateline, printed[start + 1 :])
    elif first:  # nothing says where the item begins: it is its last line
        before, body = printed[:-1], printed[-1:]
        headline = _headline(before)
    else:
        headline, body = _without_dateline(printed)
    url = next((one.url for one in (headline, *body, *lines) if one and one.url), None)
    text = body[0].text if len(body) == 1 else " ".join([line.text for line in body])
    title = _without_credit(headline.text, profile) if headline else None
    if not text and not title:
        return Reading(rejected=(*cut, _reject(Reason.NO_TEXT, lines)))
    if len(text) > LONGEST_TEXT or len(title or "") > LONGEST_HEADLINE:
        return Reading(rejected=(*cut, _reject(Reason.TOO_LONG, printed)))
    above = tuple([line.text for line in before])
    return Reading(title, dateline, text, url, _hash(text or title or ""), cut, above)


#: Most items are printed many times, letter by letter: each is read once. Longer ones are not kept.
_KEPT = 4_000
_known = lru_cache(maxsize=1024)(_read_text)
_known_lines = lru_cache(maxsize=1024)(_read)
_hash = lru_cache(maxsize=1024)(hash_clean)


def _without_credit(headline: str, profile: Profile) -> str:
    """``headline`` without the photo credit glued before it; ``ANP bestaat 90 jaar`` has none."""
    credit = profile.credit_before.match(headline)
    return headline[credit.end() :] if credit and not headline[credit.end()].islower() else headline


@known
def is_noise(text: str, profile: Profile) -> bool:
    """Whether a line is a photo credit, an author, a comment count, a "read more": no text of an item."""
    return profile.noise.fullmatch(text.strip(_ARROWS)) is not None


def printed_lines(lines: Sequence[Line], profile: Profile) -> list[Line]:
    """The lines that are text, each once in markup (a second copy is for other screens); a heading always is one."""
    printed = [
        line
        for line in lines
        if line.level or not (is_noise(line.text, profile) or (line.paragraph > 0 and is_count(line.text)))
    ]
    if len({line.text for line in printed}) == len(printed):
        return printed
    first = {line.text: at for at, line in reversed(list(enumerate(printed)))}
    return [line for at, line in enumerate(printed) if line.level or line.paragraph == 0 or first[line.text] == at]


def is_count(text: str) -> bool:
    """Whether a text is a mere number: of comments, of a rank."""
    return text.strip("()[]+ ").isdecimal()


def _opening(lines: Sequence[Line], profile: Profile, first: bool) -> tuple[int, Dateline | None]:
    """The line that opens the body with a dateline: the last that can be nothing else, else the first that may be one."""
    found = [
        (at, dateline)
        for at, line in enumerate(lines)
        if (dateline := read_dateline(line.text, profile.agencies)) and not _is_title(lines, at, dateline)
    ]
    sure = [one for one in found if one[1].sure]
    if sure:
        return sure[-1]
    likely = [(at, dateline) for at, dateline in found if not _is_headline(lines, at)]
    if not likely:
        return 0, None
    return likely[-1] if first else likely[0]


def _is_title(lines: Sequence[Line], at: int, dateline: Dateline) -> bool:
    """Whether ``UPDATE - Brand in Goes`` is a headline by its markup: a heading, or a link with a text below that is none.

    A link without a text is one, too, if it opens with no capitals: ``Ajax - PSV uitgesteld``.
    """
    line, below = lines[at], lines[at + 1 : at + 2]
    if dateline.agencies or _ends_in_stop(line.text):
        return False
    linked = below[0].url != line.url and is_prose(below[0]) if below else not dateline.sure
    return line.level > 0 or (line.url is not None and linked)


def _is_headline(lines: Sequence[Line], at: int) -> bool:
    """Whether ``Ajax - PSV eindigt onbeslist`` stands above a text: a heading, or a short line that ends no sentence."""
    line = lines[at]
    below = lines[at + 1].text if at + 1 < len(lines) else ""
    return line.level > 0 or (len(line.text) <= 120 and below[:1].isupper() and not ends_sentence(line.text))


def _cut_before(
    lines: Sequence[Line], start: int, profile: Profile, first: bool
) -> tuple[tuple[Reject, ...], Sequence[Line]]:
    """Items before the one at ``start`` that have no age of their own, and the lines that are this one's."""
    earlier = [] if first else [at for at in range(start) if _opens_an_item(lines[at], profile)]
    if not earlier:
        return (), lines[:start]
    own = start - 1 if start - 1 > earlier[-1] and not ends_sentence(lines[start - 1].text) else start
    ends = [*earlier[1:], own]
    return tuple(_reject(Reason.CUT, lines[at:end]) for at, end in zip(earlier, ends, strict=True)), lines[own:start]


def _opens_an_item(line: Line, profile: Profile) -> bool:
    dateline = read_dateline(line.text, profile.agencies)
    return bool(dateline and (dateline.agencies or (dateline.sure and ends_sentence(line.text))))


def _headline(lines: Sequence[Line]) -> Line | None:
    """Of the lines above a body: the heading, else the link, else the line next to it."""
    if len(lines) == 1:
        return lines[0]
    links = [line for line in lines if line.url]
    return _heading(lines) or (max(links, key=lambda line: len(line.text)) if links else lines[-1] if lines else None)


def _heading(lines: Sequence[Line]) -> Line | None:
    """The longest heading above the text: a label may stand above it, or in it, and a text in one that is not closed."""
    text = next((at for at, line in enumerate(lines) if is_prose(line)), len(lines))
    headings = [line for line in lines[:text] if line.level] or [line for line in lines if line.level]
    titles = [line for line in headings if not _ends_in_stop(line.text)] or headings[:1]
    return max(titles, key=lambda line: len(line.text), default=None)


def _body(opening: Line, dateline: Dateline, below: Sequence[Line]) -> list[Line]:
    """The opening line without its dateline, and what goes on below it: in text everything up to the age."""
    body = [opening._replace(text=dateline.rest)] if dateline.rest else []
    for line in below:
        same = line.paragraph == opening.paragraph
        if same or not body or (is_prose(line) and not (line.url and not opening.url)):
            body.append(line)
    return body


def _without_dateline(lines: Sequence[Line]) -> tuple[Line | None, list[Line]]:
    """Headline and body of lines of which none opens with a dateline."""
    headline = _heading(lines)
    if headline is None and len(lines) == 1:
        title = lines[0].url and not _ends_in_stop(lines[0].text)
        return (lines[0], []) if title or not ends_sentence(lines[0].text) else (None, [lines[0]])
    if headline is None:
        headline = _title(lines)
    below = lines[lines.index(headline) + 1 :] if headline else lines
    if all(line.paragraph == 0 for line in lines):
        return headline, list(below)
    return headline, [line for line in below if is_prose(line)] or [
        line for line in below if _words(line) >= _PROSE // 2
    ]


def _title(lines: Sequence[Line]) -> Line | None:
    """The first line that can be a headline: no sentence, and no label where another line can be one; a link before others."""
    alone = not any(is_prose(line) and (not line.url or line.text.endswith(".")) for line in lines)  # without a body
    titles = [line for line in lines[: -1 if lines and not (alone and lines[-1].url) else None] if line.text[-1] != "."]
    titles = [line for line in titles if line.url] or titles
    return next((line for line in titles if _words(line) > _LABEL), max(titles, key=_words, default=None))


def is_prose(line: Line) -> bool:
    """Whether a line is running text: it ends a sentence, or is long; a heading never is."""
    return not line.level and (ends_sentence(line.text) or len(line.text.split()) >= _PROSE)


def ends_sentence(text: str) -> bool:
    """Whether a sentence ends where ``text`` does, quotes and brackets behind its stop or not."""
    return text.rstrip(_CLOSING)[-1:] in (".", "!", "?", "…")


def _ends_in_stop(text: str) -> bool:
    """Whether no headline ends so."""
    return text.rstrip(_CLOSING).endswith(".")


def _words(line: Line) -> int:
    return len(line.text.split())


def _reject(reason: Reason, lines: Sequence[Line]) -> Reject:
    return Reject(reason, "\n".join(line.text for line in lines)[:SHOWN])
