"""Links of items: relative ones resolved, anything but a plain web address dropped (HTML 2.4.3, base URL).

A link is a value of an item here; what may be fetched is decided elsewhere. What is a link and what is text of an item
must not hang on whether the page's address is known: so links are carried as they are written, and resolved at the end.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

#: Longer links are dropped.
LONGEST = 2_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]|%00")
#: A link that is what it resolves to, and one that needs no more than the page's host before it: nearly all of them.
_PATH = r"(?:/(?!\.)[\w~!$&'()*+,=:-][\w.~!$&'()*+,=:-]*+)*+/?(?:\?[\w.~!$&'()*+,=:/-]+)?"
_HOST = r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+"
_WHOLE, _IN_SITE = re.compile(_HOST + _PATH, re.ASCII), re.compile(_PATH, re.ASCII)
_SITE = re.compile(rf"({_HOST})(?:[/?#]|\Z)")


#: What an article's address has behind the host: a number, or a name of four words.
_ARTICLE = re.compile(r"\d|(?<![^\W_])[^\W_]++(?:[-_+%][^\W_]++){3}")
#: What the address of a page about somebody who writes has in it.
_AUTHOR = re.compile(
    r"/(?:authors?|auteurs?|autor(?:en)?|redacteurs?|redakteure?|journalists?|journalistes?)/", re.IGNORECASE
)
_ANY_HOST = re.compile(r"(?:https?:)?//[^/?#]*")


def resolve(href: str, base: str | None) -> str | None:
    """``href`` as an absolute http or https address, against ``base``; None for what is no link to a page.

    No link: another scheme, a bare fragment, a user name, a port that cannot be, control characters, over 2,000
    characters, a relative one where nobody knows the page's address.
    """
    if len(href) + len(base or "") > LONGEST:
        return _resolve(href, base)
    if _WHOLE.fullmatch(href):
        return href
    if base and href[:1] == "/" and _IN_SITE.fullmatch(href) and (site := _SITE.match(base)):
        return site[1] + href
    return _known(href, base)


def _resolve(href: str, base: str | None) -> str | None:
    href = href.strip(" \t\n\r\f")
    if not href or len(href) > LONGEST or href.startswith("#") or _CONTROL.search(href):
        return None
    try:
        url = urljoin(base or "", href).replace(" ", "%20")
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or port == 0:
        return None
    return url if len(url) <= LONGEST else None


#: The same links stand on page after page; long ones are not kept.
_known = lru_cache(maxsize=1024)(_resolve)


#: Stands for the address of any page.
_ANYWHERE = "https://page.invalid/"


def written(href: str) -> str | None:
    """``href`` as it stands, where it is a link to a page wherever it is written; else None."""
    return href.strip(" \t\n\r\f") if resolve(href, _ANYWHERE) else None


def is_one_page(href: str, other: str) -> bool:
    """Whether two links lead to one page, of which one may be written without the host."""
    if href == other:
        return True
    at, there = _ANY_HOST.match(href), _ANY_HOST.match(other)
    return (at is None) != (there is None) and _ANY_HOST.sub("", href, count=1) == _ANY_HOST.sub("", other, count=1)


def leads_to_part(href: str) -> bool:
    """Whether a link seems to lead to a part of a site, and to no article: its path has no number and no long name."""
    return not _ARTICLE.search(_ANY_HOST.sub("", href, count=1))


def leads_to_author(href: str) -> bool:
    """Whether a link leads to a page about somebody who writes, by the words of its address."""
    return _AUTHOR.search(href) is not None


def base_of(href: str | None, page: str | None) -> str | None:
    """What relative links resolve against: ``<base href>`` where it is a web address, else the page's own."""
    return (resolve(href, page) if href else None) or page
