"""Which elements of HTML close which, which are opened anew, which end a search: the tables of tree construction (13.2)."""

from __future__ import annotations

FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
VOID = frozenset(
    "area base br col embed frame hr img input keygen link meta param source track wbr bgsound image".split()
)
RAW = frozenset("script style textarea title xmp iframe noembed noframes noscript".split())
HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
OPTION = frozenset({"option"})
TABLE_PARTS = frozenset("caption colgroup tbody tfoot thead tr td th".split())
MARKERS = frozenset("applet object marquee template td th caption".split())
#: Elements of SVG and MathML whose content is HTML; and names that are special there only, and have a prefix elsewhere.
POINTS = frozenset("foreignobject desc title mi mo mn ms mtext".split())
ALIEN = POINTS - {"title"} | {"annotation-xml"}
SPECIAL = (
    HEADINGS
    | TABLE_PARTS
    | MARKERS
    | frozenset(
        "address article aside blockquote body button center dd details dir div dl dt fieldset figcaption figure footer form "
        "frameset head header hgroup html li listing main menu nav ol p plaintext pre search section select summary table ul "
        "iframe noembed noframes noscript script style textarea title xmp".split()
    )
    | ALIEN
)
#: Whether an element is in scope is asked up to one of these (13.2.4.2).
SCOPE = frozenset(
    "applet caption html table td th marquee object select template foreignobject desc annotation-xml mi mo mn ms mtext".split()
)
LIST_SCOPE = SCOPE | {"ol", "ul"}
CLOSES_P = HEADINGS | frozenset(
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer form header hgroup "
    "hr li dd dt listing main menu nav ol p plaintext pre search section summary table ul xmp".split()
)
#: What a start tag closes first, where it is open: (names, where the search for them ends).
CLOSES: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "li": (frozenset({"li"}), SPECIAL - {"address", "div", "p", "li"}),
    **dict.fromkeys(("dd", "dt"), (frozenset({"dd", "dt"}), SPECIAL - {"address", "div", "p", "dd", "dt"})),
    "button": (frozenset({"button"}), SCOPE),
    "tr": (frozenset({"tr", "caption", "colgroup"}), frozenset({"table", "template"})),
    **dict.fromkeys(("td", "th"), (frozenset({"td", "th", "caption"}), frozenset({"tr", "table", "template"}))),
    **dict.fromkeys(
        ("tbody", "thead", "tfoot", "caption", "colgroup"),
        (frozenset({"tbody", "thead", "tfoot", "caption", "colgroup"}), frozenset({"table", "template"})),
    ),
}
ROOTS = frozenset({"svg", "math"})
#: Start tags that end foreign content (13.2.6.5).
BREAKOUT = HEADINGS | frozenset(
    "b big blockquote body br center code dd div dl dt em embed head hr i img li listing menu meta nobr ol p pre ruby s small "
    "span strong strike sub sup table tt u ul var".split()
)
