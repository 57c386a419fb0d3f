"""The fields of a record: title, text, link, age; labels, authors, counters and mentions of other items are none of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean

from meeruit.tasks.fold import fold
from meeruit.tasks.grammar.blocks import Line, Piece
from meeruit.tasks.grammar.items import ends_sentence, is_count, is_noise, is_prose, is_text
from meeruit.tasks.html.dating import ages_of
from meeruit.tasks.html.lines import Reader
from meeruit.tasks.html.links import is_one_page
from meeruit.tasks.html.lists import WRAPPERS
from meeruit.tasks.html.parts import Part
from meeruit.tasks.html.tree import Tree

Lines = tuple[Line, ...]


def pieces_of(reader: Reader, parts: Sequence[Part]) -> list[Piece]:
    """What each record says, as the item grammar reads it."""
    behind = _behind_kickers(reader, parts)
    found = [_title_lines(reader, part, start) for part, start in zip(parts, behind, strict=True)]
    labels = _repeated([lines[:-1] for lines in found], [lines[-1].text if lines else "" for lines in found])
    counts = list(map(len, found))
    usual = max(dict.fromkeys(counts), key=counts.count)
    if 2 * sum(len(lines) > 1 and lines[0].text in labels for lines in found) > len(found):  # so do the others begin
        labels |= {lines[0].text for lines in found if len(lines) == usual}
    if _are_kickers(found):
        labels |= {lines[0].text for lines in found}
    joined = [_joined(reader, part, lines, labels, usual) for part, lines in zip(parts, found, strict=True)]
    slots = _title_slot(reader, parts, joined)
    after = [_after(reader, part, lines, at) for part, lines, at in zip(parts, joined, slots, strict=True)]
    titles = ["" if at is None else lines[at].text for lines, at in zip(joined, slots, strict=True)]
    repeated = {text for text in _repeated(after, titles) if not reader.dateline_of(text)}
    pieces = []
    ages = ages_of(reader, parts)
    for part, lines, at, below, age in zip(parts, joined, slots, after, ages, strict=True):
        if at is None:
            own = _counted(reader.lines(part.start, part.end))
            url = None if any(line.url for line in own) else reader.link_in(part.record.element)
            pieces.append(Piece(own, age, part.cut, url))
        else:
            title = lines[at]
            if not title.url or title.level != 2:
                title = Line(title.text, title.url or reader.link_in(part.record.element), 2, title.paragraph)
            pieces.append(Piece(_counted([title, *_body(reader, title, below, repeated)]), age, part.cut))
    if len(pieces) > 1 and _is_broken_off(pieces):
        pieces[-1] = pieces[-1]._replace(cut=True)
    return pieces


def _counted(lines: Sequence[Line]) -> Lines:
    """The lines with their paragraphs counted from the record's first: it reads alike wherever it stands on a page."""
    before = min([line.paragraph for line in lines], default=1) - 1
    return tuple([Line(text, url, level, paragraph - before) for text, url, level, paragraph in lines])


def _is_broken_off(pieces: Sequence[Piece]) -> bool:
    """Whether the last record alone has no age, and ends within a sentence: the site cut it."""
    texts = [line.text for line in pieces[-1].lines if isinstance(line, Line) and not line.level]
    alone = pieces[-1].age is None and all(one.age for one in pieces[:-1])
    return alone and bool(texts) and not ends_sentence(texts[-1])


def _repeated(texts: Sequence[Sequence[Line]], titles: Sequence[str]) -> set[str]:
    """What several records with different titles print alike: labels, captions, notices."""
    printed = [line.text for lines in texts for line in lines]
    if len(set(printed)) == len(printed):
        return set()
    said: dict[str, set[str]] = {}
    for lines, title in zip(texts, titles, strict=True):
        folded = fold(title) if lines else ""
        for line in lines:
            said.setdefault(line.text, set()).add(folded)
    return {text for text, others in said.items() if len(others) > 1}


def _title_lines(reader: Reader, part: Part, start: int) -> Lines:
    """What the title of a record prints from a fragment on, cut into its things."""
    anchor = part.record.anchor
    if not anchor.title:
        return ()
    lines = reader.lines(start, anchor.end)
    if len(lines) == 1:
        return lines
    once = list({line.text: line for line in reversed(lines)}.values())[::-1]
    while len(once) > 1 and is_noise(once[-1].text, reader.profile):
        once.pop()
    return tuple(once)


def _joined(reader: Reader, part: Part, lines: Lines, labels: set[str], usual: int) -> Lines:
    """The things of a title that stand in one line of print as one, but for labels before it.

    A label is what several titles have, or what one has before as many things as are ``usual``.
    """
    while len(lines) > 1 and (lines[0].text in labels or _is_extra(lines, usual)):
        lines = lines[1:]
    if len(lines) < 2:
        return lines
    anchor, numbers = part.record.anchor, reader.tree.lines
    in_one_line = numbers[anchor.start] == numbers[anchor.end - 1]
    if not in_one_line or (not anchor.level and any(map(is_prose, lines[1:]))):
        return lines
    return (lines[0]._replace(text=" ".join(line.text for line in lines)),)


def _are_kickers(titles: Sequence[Lines]) -> bool:
    """Whether titles open with labels: most are of two things, of which the first has few words, the second many."""
    words = [[len(line.text.split()) for line in lines] for lines in titles if len(lines) > 1]
    if any(lines[0].text.endswith(":") for lines in titles if lines):  # it goes on
        return False
    if len(words) < _TITLES or 2 * len(words) < len(titles) or any(len(counts) > 2 for counts in words):
        return False
    first, second = map(sum, zip(*words, strict=True))
    return max(words)[0] <= _KICKER and 2 * first <= second


def _is_extra(lines: Lines, usual: int) -> bool:
    return len(lines) > usual > 0 and len(lines[0].text.split()) <= _LABEL and lines[0].text[-1].isalnum()


def _behind_kickers(reader: Reader, parts: Sequence[Part]) -> list[int]:
    """Where the title of each record begins behind a label in an element of its own before it.

    One that is glued to the title, as none is that belongs to it; or, with white space behind it, one that most of the
    titles have, of which they are the longer part.
    """
    tree, starts, labels = reader.tree, list[int](), dict[int, tuple[str, str]]()
    for at, part in enumerate(parts):
        anchor = part.record.anchor
        start, end = anchor.start, anchor.end
        while end - start > 2 and tree.is_blank(start, start + 1):
            start += 1
        starts.append(start)
        if anchor.title and end - start > 1 and _opens_with_label(tree, start):
            labels[at] = tree.texts[start], tree.text(start + 1, end)
    if not labels:
        return starts
    words = [(len(label.split()), len(rest.split())) for label, rest in labels.values()]
    usual = len(labels) >= _TITLES and 2 * len(labels) > len(parts)
    usual = usual and sum(few for few, _ in words) <= sum(many for _, many in words)
    for at, (label, _) in labels.items():
        glued = label[-1:].isalnum() and tree.texts[starts[at] + 1][:1].isupper()
        goes_on = ":" in (label.rstrip()[-1:], tree.texts[starts[at] + 1].lstrip()[:1])  # ``From the archives: A toll``
        if glued or (usual and not goes_on):
            starts[at] += 1
    return starts


def _opens_with_label(tree: Tree, start: int) -> bool:
    """Whether a title's first fragment, of few words, stands in an element of its own before bare text.

    An element of emphasis is part of the title, and so are several in a row.
    """
    first, second = tree.owners[start], tree.owners[start + 1]
    if first == second or not tree.inside(first, second) or tree.tags[first] in _EMPHASIS:
        return False
    bare = tree.lines[start] == tree.lines[start + 1] and not tree.is_blank(start + 1, start + 2)
    return bare and len(tree.texts[start].split()) <= _KICKER


#: A label has no more words, a label above a title, and a credit; so many titles show what is usual.
_LABEL, _KICKER, _CREDIT, _TITLES = 2, 6, 8, 3
_EMPHASIS = frozenset("em i b strong mark u cite q abbr sup sub small".split())


def _title_slot(reader: Reader, parts: Sequence[Part], titles: Sequence[Lines]) -> list[int | None]:
    """Which of the lines of each record's anchor is its title; None where it has none."""
    opens = [len(lines) == 1 and reader.opens(lines[0]) for lines in titles]
    if 2 * sum(opens) < len(titles):  # ``FIFA 22 - the best keepers`` beside titles without a dateline
        opens = [opened and not _is_headline(reader, lines[0]) for opened, lines in zip(opens, titles, strict=True)]
    prose = [
        opened or (len(lines) == 1 and _is_sentence(lines[0].text)) for opened, lines in zip(opens, titles, strict=True)
    ]
    counts = list(map(len, titles))
    as_text = 2 * sum(prose) > counts.count(1) and 2 * counts.count(1) >= len(titles)
    places = {at: _slots(reader, parts[at], titles[at]) for at, count in enumerate(counts) if count > 1}
    best = _best_slot(places, titles)
    chosen: list[int | None] = []
    for at, lines in enumerate(titles):
        if not lines or opens[at] or (as_text and len(lines) == 1):
            chosen.append(None)
        elif len(lines) == 1:
            chosen.append(0)
        elif best in places[at] and not is_count(lines[places[at].index(best)].text):
            chosen.append(places[at].index(best))
        else:
            chosen.append(max(range(len(lines)), key=lambda n: (not _is_sentence(lines[n].text), len(lines[n].text))))
    return chosen


def _is_headline(reader: Reader, line: Line) -> bool:
    """Whether a line that seems to open with a dateline can be a title: a link without an agency, and no sentence."""
    dateline = reader.dateline(line)
    return line.url is not None and not _is_sentence(line.text) and not (dateline and dateline.agencies)


def _best_slot(places: Mapping[int, Sequence[Slot]], titles: Sequence[Lines]) -> Slot | None:
    """The place of those titles that have several lines at which the lines are most like titles."""
    slots: dict[Slot, list[str]] = {}
    for at, own in places.items():
        for slot, line in zip(own, titles[at], strict=True):
            slots.setdefault(slot, []).append(line.text)
    return max(slots, key=lambda one: _score(slots[one], len(places)), default=None)


def _is_sentence(text: str) -> bool:
    """Whether no headline ends so; one that is cut ends in two stops or three."""
    return text.endswith(".") and not text.endswith("..")


def _score(texts: list[str], many: int) -> tuple[bool, float]:
    """How well what stands at one place of the records can be their titles."""
    words = mean(len(text.split()) for text in texts)
    distinct = len(set(texts)) / len(texts)
    stops = sum(_is_sentence(text) for text in texts) / len(texts)
    return (
        2 * len(texts) >= many and distinct > 0.5 and stops < 0.5,
        min(words, 12) * (1 if stops < 0.5 else 0.3) * distinct,
    )


#: A place in the records of a list: the names of the elements around it, but for mere wrappers, and its number there.
Slot = tuple[tuple[str, ...], int]


def _slots(reader: Reader, part: Part, lines: Lines) -> list[Slot]:
    """The places of a title's lines."""
    tree, found = reader.tree, list[Slot]()
    top = part.record.anchor.element if part.record.anchor.element is not None else 0
    for line in lines:
        element, path = line.paragraph - 1, list[str]()
        while element > top:
            if tree.tags[element] not in WRAPPERS:
                path.append(tree.tags[element])
            element = tree.parents[element]
        found.append((tuple(path), sum(tuple(path) == other for other, _ in found)))
    return found


def _after(reader: Reader, part: Part, lines: Lines, at: int | None) -> list[Line]:
    """The lines of a record behind its title."""
    if at is None:
        return []
    below = reader.lines(part.record.anchor.end, part.end)
    return [*(line._replace(level=0) for line in lines[at + 1 :]), *below] if len(lines) > 1 else list(below)


def _body(reader: Reader, title: Line, below: Sequence[Line], repeated: set[str]) -> list[Line]:
    """Those of the lines behind a title that are the item's text."""
    return [
        line
        for line in below
        if not line.level
        and line.text != title.text
        and line.text not in repeated
        and is_text(line, reader.profile)
        and not _is_mention(line, title)
        and not _is_credit(line.text)
    ]


def _is_credit(text: str) -> bool:
    """Whether a line names a photographer and an agency, parted by a stroke: names alone."""
    return " / " in text and len(words := text.split()) <= _CREDIT and not any(word[0].islower() for word in words)


def _is_mention(line: Line, title: Line) -> bool:
    """Whether a line is a link to another item, or to more of this one."""
    if line.url is None:
        return False
    return not is_one_page(line.url, title.url or "") or title.text in line.text or not is_prose(line)
