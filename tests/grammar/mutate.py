"""Changes to a page that change nothing on it: wrappers, scripts, comments, white space, the order of attributes."""

from __future__ import annotations

import random
import re

from selectolax.lexbor import LexborHTMLParser

_BLOCKS = frozenset(
    "div section article aside main li ul dl dd dt p h1 h2 h3 h4 header footer td th tr table details summary".split()
)
_WRAPPED = frozenset("div section article aside li td dd main".split())
#: Where only certain elements may stand, nothing but white space is put in between.
_STRICT = frozenset("td th tr li dd dt".split())
_TAG = re.compile(r"<(/?)([a-z0-9-]+)([^>]*)>")
_SCRIPT = "<script>var page = '<p>1 uur geleden</p>'</script>"


def mutated(html: str, seed: int) -> str:
    """The page with changes of every kind, here and there in its body; the same for the same seed."""
    rng = random.Random(seed)
    above, body, below = re.split(r"(?<=<body>)|(?=</body>)", LexborHTMLParser(html).html or "")
    pieces, wrapped, kept = [], list[bool](), False
    for token in re.split(r"(<[^>]*>)", body):
        tag = _TAG.fullmatch(token)
        kept = kept != bool(tag and tag[2] == "pre")
        if tag is None or tag[2] not in _BLOCKS:
            pieces.append(token)
            pieces.append("<!-- y -->" if token.strip() and not tag and not kept and rng.random() < 0.2 else "")
        elif tag[1]:
            pieces += ["</div>" if wrapped.pop() else "", token]
        else:
            wrapped.append(tag[2] in _WRAPPED and rng.random() < 0.25)
            pieces += [_between(rng, tag[2]), _shuffled(rng, tag), "<div>" if wrapped[-1] else ""]
    return above + "".join(pieces) + below


def _between(rng: random.Random, name: str) -> str:
    if rng.random() > 0.3:
        return ""
    return "\n" if name in _STRICT else rng.choice(["\n  ", " ", "<!-- x -->", _SCRIPT])


def _shuffled(rng: random.Random, tag: re.Match[str]) -> str:
    attributes = [*re.findall(r'[\w-]+="[^"]*"', tag[3]), f'data-n="{rng.randint(0, 9)}"', 'data-x="a > b"']
    rng.shuffle(attributes)
    return f"<{tag[2]} {' '.join(attributes)}>"
