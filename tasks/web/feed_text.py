"""The text of a feed, decoded, and brought within bounds: of a feed of any size and order its newest entries are kept.

What the parser behind it gets is small and harmless: bytes, tags, the length of one tag, prefixes and nested addresses
are bounded, and what says nothing about links is renamed. Everything here is linear in the size of the feed.
"""

from __future__ import annotations

import codecs
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice, pairwise

from meeruit.tasks.errors import Unreadable

#: What is read of a feed.
_MAX_BYTES = 10_000_000
#: What the parser gets, at most.
_MAX_TEXT, _MAX_TAGS, MAX_ENTRIES = 2_000_000, 50_000, 1_000
#: Entries that are looked at for their dates; real feeds of ten megabytes hold a tenth of it.
_MAX_LOOKED_AT = 100_000
#: One tag longer than this, or more namespace prefixes, is no feed but a trap (each costs feedparser quadratic time).
_LONG_TAG = re.compile(r"<[A-Za-z][^<>]{8192}")
_PREFIX = re.compile(r"xmlns:([^\s=]{1,100})")
_MAX_PREFIXES = 100
#: Each xml:base inside another makes the address longer.
_MAX_BASES = 1_000
#: Elements that say nothing about links become an unknown one: feedparser searches names for mail addresses in
#: quadratic time, and a place that it does not expect makes it raise.
_IRRELEVANT = re.compile(
    r"(</?)(?!(?:[\w.-]+:)?(?:rss|rdf|channel|item|image|textinput|feed|entry|source|link|guid|id)[\s/>])[a-z][\w.:-]*",
    re.IGNORECASE,
)
#: Declarations of entities are left out: what they can do is blow up (a billion laughs), or read files.
_ENTITY = re.compile(r"<!ENTITY[^<>]*>")
#: Comments, and text that is taken as it stands. What never ends reaches to the end of the feed, so that it is met once.
_AS_IT_STANDS = re.compile(r"<!--.*?(?P<comment>-->|\Z)|<!\[CDATA\[(?P<text>.*?)(?P<end>\]\]>|\Z)", re.DOTALL)
#: An ampersand that somebody forgot to escape: feedparser takes the ``&lang`` of ``?id=1&lang=nl`` for an angle bracket.
_BARE_AMPERSAND = re.compile(r"&(?!(?:[A-Za-z][A-Za-z0-9]{0,31}|#[0-9]{1,7}|#[Xx][0-9A-Fa-f]{1,6});)")
#: A link without an address, which would keep feedparser from seeing a guid as one.
_NO_LINK = re.compile(r"<link\s{0,9}(?:/>|>\s{0,999}</link\s{0,9}>)")

_PICTURE = re.compile(r"<image(?=[\s>])")
_ENTRY = re.compile(r"<(?:[\w.-]{1,40}:)?(?:item|entry)(?=[\s>])")
_ENTRY_END = re.compile(r"</(?:[\w.-]{1,40}:)?(?:item|entry)\s{0,9}>")
_DATE = re.compile(
    r"<(?:[\w.-]{1,40}:)?(?:(pubdate|published|issued|date|created)|updated|modified)(?:\s[^<>]{0,200})?>([^<>]{6,80})<",
    re.IGNORECASE,
)
#: Elements whose text is long and says nothing about links.
_PROSE = re.compile(
    r"(/?)((?:content|media|itunes|excerpt):?(?:encoded|description|summary)|description|content|summary)(?=[\s>])"
)

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
#: How XML in UTF-16 without a byte order mark begins (XML 1.0, appendix F).
_UTF_16 = {b"<\0?\0": "utf-16-le", b"\0<\0?": "utf-16-be"}
#: Encodings that a feed can declare; Python knows others that hang (punycode) or are none (unicode_escape).
_ENCODINGS = re.compile(
    r"utf[-_]?(8|16|16le|16be)|(us-)?ascii|iso-?8859-\d{1,2}|latin-?1|(windows-|cp)125\d|koi8-[ru]|gbk|gb2312|gb18030"
    r"|big5|shift[-_]jis|euc-(jp|kr)"
)


def feed_text(body: bytes, media_type: str) -> str:
    """What a parser may have of a feed; raises Unreadable for one that is made to cost time."""
    return _bounded(_newest(_decoded(body[:_MAX_BYTES], media_type)))


def _decoded(body: bytes, media_type: str) -> str:
    """The text: by how its bytes begin, its header, its XML declaration, else as UTF-8 or windows-1252."""
    charset, declared = _CHARSET.search(media_type), _DECLARED.match(body)
    label = (charset[1] if charset else declared[1].decode() if declared else "utf-8").lower()
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        label = "utf-16"
    elif body[:4] in _UTF_16:
        label = _UTF_16[body[:4]]
    elif body.startswith(codecs.BOM_UTF8) or label in {"utf-8", "utf8"} or not _ENCODINGS.fullmatch(label):
        label = "utf-8-sig"
    try:  # step by step: it does not mind a character that is cut off at the end
        return codecs.getincrementaldecoder(label)().decode(body)
    except (UnicodeError, LookupError):
        return body.decode("windows-1252", "replace")


def _newest(text: str) -> str:
    """The same feed, in its order, with the newest entries only where it holds more than the parser may have."""
    starts = [match.start() for match in islice(_ENTRY.finditer(text), _MAX_LOOKED_AT + 1)]
    if len(starts) > _MAX_LOOKED_AT:
        raise Unreadable(f"no feed that can be read: it holds more than {_MAX_LOOKED_AT:,} entries")
    if len(text) <= _MAX_TEXT and len(starts) <= MAX_ENTRIES and text.count("<") <= _MAX_TAGS:
        return text
    entries = [_lean(_closed(text[a:b])) for a, b in pairwise([*starts, len(text)])]
    times = _times(entries)
    size = tags = 0
    kept: list[int] = []
    for number in sorted(range(len(entries)), key=lambda n: (-times[n], n))[:MAX_ENTRIES]:
        size += len(entries[number])
        tags += entries[number].count("<")
        if kept and (size > _MAX_TEXT // 2 or tags > _MAX_TAGS // 2):
            break
        kept.append(number)
    head = text[: starts[0]] if starts else text
    return head + "".join(entries[n] for n in sorted(kept)) + _tail(text)


def _closed(entry: str) -> str:
    """An entry up to its end: what stands between it and the next is dropped."""
    end = _ENTRY_END.search(entry)
    return entry[: end.end()] if end else entry


def _tail(text: str) -> str:
    """What closes the feed."""
    rest = text[-2_000:]
    ends = [match.end() for match in _ENTRY_END.finditer(rest)]
    return rest[ends[-1] :] if ends else ""


def _lean(entry: str) -> str:
    """An entry without its prose; in prose that never ends, everything that follows is lost with it."""
    first, *pieces = entry.split("<")
    kept, inside = [first], ""
    for piece in pieces:
        name = _PROSE.match(piece)
        if inside:
            if name and name[1] and name[2] == inside:
                inside = ""
        elif name and not name[1]:
            inside = "" if piece.partition(">")[0].endswith("/") else name[2]
        elif not (name and name[1]):
            kept.append(piece)
    return "<".join(kept)


def _times(entries: list[str]) -> list[float]:
    """When each entry was published, in seconds; one without a date counts as the one above it.

    The same for all where fewer than half have one: then the first come first.
    """
    found = [_time_of(entry) for entry in entries]
    if 2 * sum(time is not None for time in found) < len(found):
        return [0.0] * len(found)
    times: list[float] = []
    for time in found:
        times.append(time if time is not None else times[-1] if times else float("inf"))
    return times


def _time_of(entry: str) -> float | None:
    """When an entry was published, or else last changed."""
    dates = {bool(match[1]): match[2] for match in reversed(list(_DATE.finditer(entry)))}
    said = (dates.get(True) or dates.get(False) or "").strip()
    try:
        time = datetime.fromisoformat(said) if said[:4].isdigit() else parsedate_to_datetime(said)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _bounded(text: str) -> str:
    """The text without what goes beyond the bounds; raises Unreadable for one that is made to cost time."""
    text = _well_formed(text[:_MAX_TEXT])[:_MAX_TEXT]
    if text.count("<") > _MAX_TAGS:
        text = "<".join(text.split("<", _MAX_TAGS)[:_MAX_TAGS])
    if _LONG_TAG.search(text) or len(set(_PREFIX.findall(text))) > _MAX_PREFIXES:
        raise Unreadable("no feed that can be read: it holds a giant tag or hundreds of namespaces")
    if text.count("xml:base") > _MAX_BASES:
        raise Unreadable("no feed that can be read: it nests thousands of addresses")
    return _IRRELEVANT.sub(r"\1x", _NO_LINK.sub("", _without_pictures(_ENTITY.sub("", text))))


def _well_formed(text: str) -> str:
    """The text without comments, and without CDATA that is no address; bare ampersands outside of CDATA are escaped."""
    kept, at = [], 0
    for match in _AS_IT_STANDS.finditer(text):
        kept.append(_BARE_AMPERSAND.sub("&amp;", text[at : match.start()]))
        at = match.end()
        ends = match["comment"] or match["end"]
        if not ends or (match["text"] is not None and match["text"].strip() and "<" not in match["text"]):
            kept.append(match[0])
    kept.append(_BARE_AMPERSAND.sub("&amp;", text[at:]))
    return "".join(kept)


def _without_pictures(text: str) -> str:
    """The text without ``<image>`` elements: feedparser takes the link in one for that of its entry."""
    first, *pieces = _PICTURE.split(text)
    kept = [first]
    for piece in pieces:
        before, end, after = piece.partition("</image>")
        kept.append(after if end else f"<image{before}")
    return "".join(kept)
