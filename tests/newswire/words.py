"""Word lists for made-up Dutch news: nothing real is reported here.

Every text is plain: NFC, straight quotes, bare hyphens, three dots, single spaces. So a body built from these words is
its own folded form (``fold.py`` leaves it alone, a test holds that), and its hash needs no folding at all.
"""

from __future__ import annotations

ABROAD = (
    "ÎLE LONGUE", "MÜNCHEN", "GENÈVE", "NÜRBURG", "BRUSSEL", "TEHERAN", "TEHERAN/JERUZALEM", "PARIJS/BRUSSEL",
    "BANDAR ABBAS", "CAPE CANAVERAL", "REGGIO EMILIA", "ARLANDA-STAD", "GAZA-STAD", "HEUSDEN-ZOLDER", "WASHINGTON",
    "KYIV", "DOHA", "MADRID", "STRAATSBURG", "SÃO PAULO",
)  # fmt: skip
HOME = ("DEN HAAG", "AMSTERDAM", "UTRECHT", "'S-GRAVENHAGE", "ROTTERDAM", "WIJK AAN ZEE", "DEN BOSCH", "GRONINGEN")
REGION = (
    "GOES", "MIDDELBURG", "VLISSINGEN", "THOLEN", "BORSELE", "SINT-MAARTENSDIJK", "MIDDELBURG/DOMBURG",
    "WEST-BRABANT/THOLEN", "BERGEN OP ZOOM/THOLEN", "WEST-BRABANT", "ST. ANNALAND",
)  # fmt: skip
#: Printed where a place would stand, and no place.
LABELS = ("COLUMN", "[Advertorial]", "ZEELAND")

#: Roughly as often as real pages have them; the order is the printed one.
AGENCIES = (
    ("ANP",), ("ANP",), ("ANP",), ("ANP",), ("ANP", "AFP"), ("ANP", "RTR"), ("ANP", "AFP", "RTR"), ("ANP", "BLOOMBERG"),
    ("ANP", "DPA"), ("ANP", "RTR", "AFP"), ("ANP", "AFP", "RTR", "BLOOMBERG"), ("ANP", "BELGA"),
)  # fmt: skip

PEOPLE = (
    "Zoë de Wit", "José Álvarez", "Søren Ødegård", "Nguyễn Văn Minh", "Łukasz Nowak", "Daniël van 't Hof",
    "Anne-Marie Jansen", "Fatima el Idrissi", "Chloë Peeters", "Mehmet Öztürk", "Truus Boogaard", "Sjoerd Hofstra",
)  # fmt: skip
GROUPS = (
    "het ministerie", "de vakbond", "de provincie", "het bestuur", "de NAVO", "de coördinator van de EU", "de politie",
    "het waterschap", "Jansen & Zonen", "de Israëlische regering", "de Oekraïense krijgsmacht", "het HvK",
)  # fmt: skip
TOPICS = (
    "de nieuwe dijk", "het plan voor 'zo'n brug'", "een café aan de haven", "de stroomstoring", "het pensioenakkoord",
    "de reünie van oud-leerlingen", "het geïmporteerde gas", "de veerpont", "het mosselseizoen", "het PFAS-onderzoek",
    "de spits van 's ochtends", "het tekort aan verpleegkundigen", "de één na laatste zitting", "het R&D-budget",
)  # fmt: skip
VERDICTS = (
    "een stap te ver is", "langer duurt dan gedacht", "volgend jaar begint", "niet doorgaat", "twee keer zo duur wordt",
    "alsnog wordt goedgekeurd", "voor onrust zorgt", "nauwelijks verschil maakt", "opnieuw wordt bekeken",
)  # fmt: skip
DAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")

#: First sentences; ``{number}`` keeps two stories apart.
OPENINGS = (
    "{person} zegt dat {topic} {verdict}, en noemt een bedrag van {number} euro.",
    "Volgens {group} staat vast dat {topic} {verdict}; {number} mensen merken dat.",
    "Zeker {number} mensen hebben {day} geprotesteerd omdat {topic} {verdict}.",
    "{person} (VVD) is blij dat {topic} {verdict}. Daar was {number} keer om gevraagd.",
    "In de gemeente is {day} voor {number} euro besloten dat {topic} {verdict}.",
    "Ruim {number} huishoudens wachten op {group}, omdat {topic} {verdict}.",
)
SENTENCES = (
    'Dat meldt {group} {day} op X. "We kunnen niet uitsluiten dat {topic} {verdict}", zei {person}.',
    "{person} (83) noemt dat 'een gemiste kans'.",
    "Het gaat om 3,5 procent, ofwel {number} ton - meer dan ooit.",
    "De oorzaak wordt nog onderzocht...",
    '"Dat {topic} {verdict}, (...) is niet aan ons", aldus {group}.',
    "Vorige week dacht {group} nog aan {number} stuks.",
)
#: Sentences that look like something else.
TRAPS = (
    "Vier jaar geleden ging dat nog anders.",  # years ago, in running text
    "Bijna 10 jaar geleden gebeurde hetzelfde.",  # years ago, in running text
    "Het is duurder dan 1 jaar geleden.",  # years ago, in running text
    "Het ongeluk was 20 minuten geleden, zei hij.",  # an age in running text
    "De schade die beleggers hebben geleden door de val is groot.",  # "geleden" is "suffered" here
    "Het was zojuist begonnen.",  # "zojuist" in running text
    "Meer uit de haven was niet te zien dan rook.",  # no heading
    "Ajax - PSV eindigde in 2-2 (1-0).",  # a dash, no dateline
    "Dat bevestigt een woordvoerder tegenover het ANP.",  # an agency, no dateline
    "De rondleiding (ANP) - zo bleek - ging niet door.",  # an agency and a dash, no dateline
    "Dat leidde tot incidenten.Rook was om 10.15 uur te zien.",  # a sentence glued to the next
    "Bekijk de foto's onder dit artikel.",  # reads like furniture
    'Hij zei: "Dat citaat gaat nooit meer dicht.',  # a quote that is never closed
    "Dat was het dan..",  # two stops
    "Een slotzin zonder punt",  # no stop
    "Het kost €2 per m² en 5 °C scheelt ½ graad.",  # NFKC would change it
)
COLUMN = "Jaren geleden vond iemand een brief,waarin stond dat {topic} {verdict}. Het was bladzijde {number}."

HEADLINES = (
    "{person} zegt dat {topic} {verdict}",
    "Meer zorgen over {topic}, nu dat '{verdict}'",
    "'Goed dat {topic} {verdict}'",
    "Update: onrust nu {topic} {verdict}",
    "{person}: {number} klachten over {topic}",
    "{person} (83) over {topic}",
    "Zo'n {number} klachten over {topic}",
    "{group} verwacht dat {topic} {verdict}",
)

#: Stock texts of which only the numbers differ from one story to the next.
LOOKALIKES = (
    "Op de A58 bij {place} is {day} een ongeluk gebeurd. Er staat {number} meter file. De weg is naar verwachting om "
    "{hour}.00 uur weer vrij.",
    "De brandweer is {day} om {hour}.00 uur uitgerukt voor een brand in {place}. Er waren {number} meldingen.",
)
WEATHER = (
    "Vannacht is het bewolkt en daalt de temperatuur naar {low} graden. Overdag wordt het {high} graden bij een wind "
    "uit richting {number}."
)
TOLL = "Het dodental door de treinramp bij {place} is opgelopen tot {number}. Dat meldt {group}."
TOLL_HEADLINE = "Dodental treinramp {place} stijgt naar {number}"

SUBHEADS = ("1999", "TSMC", "'Onbegrijpelijk'", "Update:", "Herstel")
TEASERS = ("Lees ook: {topic} {verdict}", "Foto: {person}", "Een week geleden schreef een krant dat {topic} {verdict}.")
