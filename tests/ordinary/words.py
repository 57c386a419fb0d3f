"""The vocabulary of the ordinary pages: what a placeholder becomes. Knows no markup."""

from __future__ import annotations

from random import Random

WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "nl": {
        "age": (
            "zojuist",
            "4 minuten geleden",
            "18 minuten geleden",
            "1 uur geleden",
            "een uur geleden",
            "3 uur geleden",
            "1 dag geleden",
            "2 dagen geleden",
            "1 week geleden",
            "3 weken geleden",
            "2 maanden geleden",
            "1 jaar geleden",
        ),
        "headline": (
            "Dit kost een kroket op het strand",
            "Lezers kiezen mooiste haring van het land",
            "Waarom de trein in de herfst zo vaak uitvalt",
            "Buurt redt kerkklok van de sloop",
            "Zo leg je zelf een laadpaal aan",
            "Ouders boos over schrappen van schoolzwemmen",
            "Man vindt trouwring terug na dertig jaar",
            "Meer schippers dan ooit op de Waddenzee",
            "Recordoogst voor perentelers",
            "Vijf vragen over de nieuwe afvalpas",
            "Club degradeert na verlies in blessuretijd",
            "Minister: geen tol op de brug",
        ),
        "sentence": (
            "Drie jaar geleden was dat nog heel anders.",
            "De gemeente zegt nog geen besluit te hebben genomen.",
            "Volgens de eigenaar kwam het door de regen.",
            "Meer uit gewoonte dan uit noodzaak ging hij elke dag kijken.",
            "De schade die zij hebben geleden wordt vergoed.",
            "Een woordvoerder van de politie bevestigt dat tegenover het ANP.",
            "Wie wil meedoen, kan zich melden bij het wijkcentrum (Dorpsstraat 4).",
            "Zojuist is bekend geworden dat het feest doorgaat.",
            "Er kwamen ongeveer 250 mensen op af, twee keer zoveel als vorig jaar.",
            "De topper Ajax - PSV is verplaatst naar zondag.",
            "Bijna tien jaar geleden begon hij ermee, in een schuur achter het huis.",
            "Of het plan doorgaat, hangt af van het geld.",
        ),
        "trade": ("Verpleegkundige", "Lasser", "Kok in de avond", "Boekhouder", "Leraar Duits"),
        "goods": ("waterkoker", "fietstas", "regenjas", "slaapzak", "bureaulamp", "broodtrommel"),
    },
    "en": {
        "age": (
            "just now",
            "2 mins ago",
            "26 minutes ago",
            "an hour ago",
            "2 hours ago",
            "5 hours ago",
            "1 day ago",
            "3 days ago",
            "2 weeks ago",
            "a month ago",
            "2 years ago",
        ),
        "headline": (
            "What a sandwich costs on the pier",
            "Town saves its clock from the scrapyard",
            "Why trains run late in autumn",
            "Five things to know about the new bins",
            "More people than ever cycle to work",
            "Couple finds ring lost in 1994",
            "School drops swimming lessons",
            "How to fit your own charger",
            "Pear growers hail record crop",
            "City beaten in stoppage time",
            "Minister rules out toll on bridge",
            "Ten walks that end at a pub",
        ),
        "sentence": (
            "Three years ago that would have been unthinkable.",
            "The council says it has not yet decided.",
            "More from habit than from need, he went to look every day.",
            "About 250 people came, twice as many as last year.",
            "An hour ago the last of the boats came in.",
            "A spokesman confirmed this to the AP on Monday.",
            "Anyone who wants to help can come to the hall (4 Mill Lane).",
            "The owner blamed the rain.",
            "It began almost ten years ago, in a shed behind the house.",
            "Whether the plan goes ahead depends on money.",
            "She had just now heard the news, she said.",
            "Nobody was hurt.",
        ),
        "trade": ("Nurse", "Software engineer", "Teacher of German", "Bookkeeper", "Night porter"),
        "goods": ("garden hose", "desk lamp", "bread tin", "teapot", "ladder", "kite"),
    },
}
PEOPLE = (
    "marloes_83",
    "Henk V.",
    "T. Okafor",
    "pixelmolen",
    "Ann-Sofie",
    "dr_no",
    "Jan uit Goes",
    "riverrat",
    "K. Yilmaz",
    "Beppie",
    "quietstorm",
    "Wim67",
)
TOWNS = ("Utrecht", "Goes", "Leeds", "Almelo", "Porto", "Zwolle", "Bristol", "Gent", "Delft", "Cork")


def word(name: str, chance: Random, language: str, row: int) -> str:
    """What stands for the placeholder ``name``: ``age``, ``prose 4``, ``1-90``, ``k`` (the row), ``Dutch/English``"""
    if "/" in name:
        return name.split("/")[language == "en"]
    if name[0].isdigit():
        least, most = name.split("-")
        return str(chance.randint(int(least), int(most)))
    kind, _, count = name.partition(" ")
    if kind == "prose":
        return " ".join(chance.sample(WORDS[language]["sentence"], int(count or 2)))
    fixed = {"k": (str(row),), "person": PEOPLE, "town": TOWNS, "TOWN": tuple(town.upper() for town in TOWNS)}
    return chance.choice(fixed.get(kind) or WORDS[language][kind])
