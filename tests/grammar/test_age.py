"""Ages in words, Dutch, English, German and French, and what is none."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from meeruit.tasks.grammar.ages import Age, Ago, Day, find_age, find_labelled_age, read_age
from meeruit.tasks.grammar.profiles import BUILT_IN, Profile
from meeruit.tasks.grammar.windows import window_of_age
from meeruit.tasks.records import Window
from tests.grammar.reading import EN, NL, OBSERVED, texts_of

DE, FR = BUILT_IN["de"], BUILT_IN["fr"]


@pytest.mark.parametrize(
    ("text", "count", "unit"),
    [
        ("5 seconden geleden", 5, "second"),
        ("1 seconde geleden", 1, "second"),
        ("1 minuut geleden", 1, "minute"),
        ("18 minuten geleden", 18, "minute"),
        ("1 uur geleden", 1, "hour"),
        ("22 uur geleden", 22, "hour"),
        ("1 dag geleden", 1, "day"),
        ("4 dagen geleden", 4, "day"),
        ("1 week geleden", 1, "week"),
        ("5 weken geleden", 5, "week"),
        ("1 maand geleden", 1, "month"),
        ("2 maanden geleden", 2, "month"),
        ("5 jaar geleden", 5, "year"),
        ("18 Minuten Geleden", 18, "minute"),
        ("een uur geleden", 1, "hour"),
        ("één dag geleden", 1, "day"),
        ("Drie weken geleden", 3, "week"),
        ("3 kwartier geleden", 3, "quarter"),
        ("half uur geleden", 1, "half_hour"),
        ("een half uur geleden", 1, "half_hour"),
        ("anderhalf uur geleden", 3, "half_hour"),
        ("2u geleden", 2, "hour"),
        ("4 dgn geleden", 4, "day"),
        ("3 mnd geleden", 3, "month"),
        ("een paar seconden geleden", 0, "minute"),
        ("minder dan een minuut geleden", 0, "minute"),
        ("minder dan 1 minuut geleden", 0, "minute"),
        ("een paar minuten geleden", 0, "quarter"),
        ("5m geleden", 5, "minute"),
        ("zojuist", 0, "minute"),
        ("Zojuist", 0, "minute"),
    ],
)
def test_dutch_ages(text: str, count: int, unit: str) -> None:
    assert read_age(text, NL.ages) == Age(text, Ago(count, unit))


@pytest.mark.parametrize(
    ("text", "count", "unit"),
    [
        ("39 mins ago", 39, "minute"),
        ("1 hour ago", 1, "hour"),
        ("an hour ago", 1, "hour"),
        ("a minute ago", 1, "minute"),
        ("2 hrs ago", 2, "hour"),
        ("5m ago", 5, "minute"),
        ("3h ago", 3, "hour"),
        ("2d ago", 2, "day"),
        ("3 days ago", 3, "day"),
        ("half an hour ago", 1, "half_hour"),
        ("an hour and a half ago", 3, "half_hour"),
        ("32M ago", 32, "minute"),
        ("2H ago", 2, "hour"),
        ("a few minutes ago", 0, "quarter"),
        ("just now", 0, "minute"),
        ("a few seconds ago", 0, "minute"),
        ("less than a minute ago", 0, "minute"),
    ],
)
def test_english_ages(text: str, count: int, unit: str) -> None:
    assert read_age(text, EN.ages) == Age(text, Ago(count, unit))


@pytest.mark.parametrize(
    ("text", "count", "unit"),
    [
        ("vor 3 Std.", 3, "hour"),
        ("vor 3 Std", 3, "hour"),
        ("vor 22 Stunden", 22, "hour"),
        ("VOR 14 STUNDEN", 14, "hour"),
        ("VOR EINER STUNDE", 1, "hour"),
        ("vor einem Tag", 1, "day"),
        ("vor einer Woche", 1, "week"),
        ("vor 35 Min.", 35, "minute"),
        ("vor 2 Monaten", 2, "month"),
        ("vor weniger als einer Minute", 0, "minute"),
        ("vor eineinhalb Stunden", 3, "half_hour"),
        ("gerade eben", 0, "minute"),
    ],
)
def test_german_ages(text: str, count: int, unit: str) -> None:
    assert read_age(text, DE.ages) == Age(text, Ago(count, unit))


@pytest.mark.parametrize(
    ("text", "count", "unit"),
    [
        ("il y a 2 h", 2, "hour"),
        ("Il y a 2h", 2, "hour"),
        ("il y a une heure", 1, "hour"),
        ("il y a 5 minutes", 5, "minute"),
        ("IL Y A 3 JOURS", 3, "day"),
        ("il y a 1 mois", 1, "month"),
        ("il y a moins d’une minute", 0, "minute"),
        ("à l’instant", 0, "minute"),
        ("à l'instant", 0, "minute"),
    ],
)
def test_french_ages(text: str, count: int, unit: str) -> None:
    assert read_age(text, FR.ages) == Age(text, Ago(count, unit))


@pytest.mark.parametrize(
    ("text", "profile", "ago"),
    [
        ("1 uur en 40 minuten geleden", NL, Ago(40, "minute", above=("hour", 1))),
        ("1 uur 12 minuten geleden", NL, Ago(12, "minute", above=("hour", 1))),
        ("een uur en 5 min geleden", NL, Ago(5, "minute", above=("hour", 1))),
        ("ongeveer 2 dagen en 3 uur geleden", NL, Ago(3, "hour", True, above=("day", 2))),
        ("1 hour, 20 minutes ago", EN, Ago(20, "minute", above=("hour", 1))),
        ("2 hours, 5 mins ago", EN, Ago(5, "minute", above=("hour", 2))),
        ("2h 5m ago", EN, Ago(5, "minute", above=("hour", 2))),
        ("2h5m ago", EN, Ago(5, "minute", above=("hour", 2))),
        ("1 day and 2 hours ago", EN, Ago(2, "hour", above=("day", 1))),
        ("vor 1 Stunde und 5 Minuten", DE, Ago(5, "minute", above=("hour", 1))),
        ("vor 2 Std. 5 Min.", DE, Ago(5, "minute", above=("hour", 2))),
        ("il y a 1 heure et 5 minutes", FR, Ago(5, "minute", above=("hour", 1))),
    ],
)
def test_two_units_are_one_age(text: str, profile: Profile, ago: Ago) -> None:
    assert read_age(text, profile.ages) == Age(text, ago)


def test_two_units_of_which_the_second_is_not_the_smaller_are_no_age() -> None:
    assert read_age("5 minuten 2 uur geleden", NL.ages) is None
    assert read_age("1 hour 2 hours ago", EN.ages) is None


@pytest.mark.parametrize(
    ("text", "profile", "age"),
    [
        ("Bijgewerkt: 5 minuten geleden", NL, "5 minuten geleden"),
        ("Update: 18 minuten geleden", NL, "18 minuten geleden"),
        ("Geüpdatet 5 minuten geleden", NL, "5 minuten geleden"),
        ("• 2 uur geleden", NL, "2 uur geleden"),
        ("(3 uur geleden)", NL, "3 uur geleden"),
        ("3 uur geleden in Goes", NL, "3 uur geleden"),
        ("2 uur geleden door Jan", NL, "2 uur geleden"),
        ("~4 uur geleden", NL, "~4 uur geleden"),
        ("~8 hours ago", EN, "~8 hours ago"),
        ("8 hours ago on Mac Blog", EN, "8 hours ago"),
        ("16 hours ago on iOS Blog", EN, "16 hours ago"),
        ("updated 16M ago", EN, "16M ago"),
        ("- 2 days ago", EN, "2 days ago"),
        ("Zuletzt aktualisiert vor 2 Stunden", DE, "vor 2 Stunden"),
        ("Publié : il y a 2 heures", FR, "il y a 2 heures"),
        ("Publié: il y a 2 heures", FR, "il y a 2 heures"),
    ],
)
def test_words_of_the_profile_and_brackets_around_an_age_are_no_part_of_it(
    text: str, profile: Profile, age: str
) -> None:
    found = find_age(text, profile.ages)
    assert found == read_age(age, profile.ages)
    assert found is not None
    assert find_labelled_age(text, profile.ages) == found


@pytest.mark.parametrize(
    ("text", "profile", "age"),
    [
        ("Buitenland · 4 minuten geleden", NL, "4 minuten geleden"),
        ("ANP · 2 uur geleden", NL, "2 uur geleden"),
        ("World / 2 hours ago", EN, "2 hours ago"),
        ("2 hours ago / World", EN, "2 hours ago"),
        ("Reuters - 2 days ago", EN, "2 days ago"),
        ("John Smith | 17 hours ago", EN, "17 hours ago"),
        ("Politik | vor 2 Stunden", DE, "vor 2 Stunden"),
    ],
)
def test_any_label_may_be_parted_from_an_age(text: str, profile: Profile, age: str) -> None:
    assert find_labelled_age(text, profile.ages) == read_age(age, profile.ages)
    assert find_age(text, profile.ages) is None


@pytest.mark.parametrize(
    ("profile", "age"),
    [(NL, "2 uur geleden"), (EN, "2 hours ago"), (DE, "vor 2 Stunden"), (FR, "il y a 2 heures"), (EN, "Nov 3, 2025")],
)
@pytest.mark.parametrize("around", ["{}", "World {}", "{} World", "World: {}", "({})", "World, {}", "Update: {} now"])
def test_without_a_sign_between_them_there_is_no_label(profile: Profile, age: str, around: str) -> None:
    text, ages = around.format(age), profile.ages
    labelled = ages.labelled.fullmatch(text) or ages.labelled_date.fullmatch(text)
    assert (labelled and labelled[1]) == (whole[1] if (whole := _whole(text, profile)) else None)


def _whole(text: str, profile: Profile) -> re.Match[str] | None:
    return profile.ages.whole.fullmatch(text) or profile.ages.whole_date.fullmatch(text)


@pytest.mark.parametrize(
    ("text", "profile"),
    [
        ("Dat was 2 uur geleden", NL),
        ("Brand in Goes - 2 uur geleden", NL),
        ("2 uur geleden op de A58.", NL),
        ("vor 2 Hallen", DE),
        ("il y a 2 hommes", FR),
        ("in 5 minutes", EN),
    ],
)
def test_a_sentence_about_time_past_is_no_age(text: str, profile: Profile) -> None:
    assert find_labelled_age(text, profile.ages) is None


@pytest.mark.parametrize("text", ["15m", "2h", "3d", "5 min"])
def test_a_number_and_a_unit_alone_are_no_age_since_they_can_be_how_long_a_video_takes(text: str) -> None:
    assert find_age(text, EN.ages) is None


def test_an_age_that_says_that_it_rounds_is_kept_as_such() -> None:
    assert read_age("ongeveer 2 uur geleden", NL.ages) == Age("ongeveer 2 uur geleden", Ago(2, "hour", about=True))
    assert read_age("about an hour ago", EN.ages) == Age("about an hour ago", Ago(1, "hour", about=True))


@pytest.mark.parametrize(
    ("text", "profile", "back", "clock"),
    [
        ("gisteren", NL, 1, None),
        ("eergisteren", NL, 2, None),
        ("vandaag", NL, 0, None),
        ("gisteren 14.05", NL, 1, (14, 5)),
        ("gisteren 14:05", NL, 1, (14, 5)),
        ("Gisteren om 9.05 uur", NL, 1, (9, 5)),
        ("gisteren, 23:59", NL, 1, (23, 59)),
        ("yesterday", EN, 1, None),
        ("yesterday at 2:05 pm", EN, 1, (14, 5)),
        ("Yesterday, 12:05 a.m.", EN, 1, (0, 5)),
    ],
)
def test_days_of_the_calendar(text: str, profile: object, back: int, clock: tuple[int, int] | None) -> None:
    ages = NL.ages if profile is NL else EN.ages
    assert read_age(text, ages) == Age(text, Day(back, clock, ages.words.zone))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "geleden",
        "uur geleden",
        "2 uur",
        "2 uur geleden.",
        "2 uur geleden op de A58",
        "al 2 uur geleden",
        "gisteren 25.05",
        "gisteren 14.60",
        "gisteren avond",
        "een paar uur geleden",
        "2 ure geleden",
        "12345 uur geleden",
        "11:40",
        "39 mins ago",
    ],
)
def test_what_is_no_dutch_age(text: str) -> None:
    assert read_age(text, NL.ages) is None


@pytest.mark.parametrize(
    "text", ["39 mins", "ago", "an ago", "13:05 pm", "yesterday at 13:05 pm", "now then", "2 uur geleden"]
)
def test_what_is_no_english_age(text: str) -> None:
    assert read_age(text, EN.ages) is None


def test_ages_are_the_same_by_what_they_mean() -> None:
    moment = datetime(2026, 3, 2, 13, 5, tzinfo=UTC)
    assert Age("1 uur geleden", Ago(1, "hour")).same(Age("een uur geleden", Ago(1, "hour")))
    assert not Age("1 uur geleden", Ago(1, "hour")).same(Age("2 uur geleden", Ago(2, "hour")))
    assert Age("13:05", None, moment).same(Age("1 uur geleden", Ago(1, "hour"), moment))
    assert not Age("13:05", None).same(Age("13:06", None))


@pytest.mark.parametrize(
    ("text", "language", "hours", "minutes"),
    [
        ("il y a 1h30", "fr", 1, 30),
        ("Il y a 2 h 05", "fr", 2, 5),
        ("il y a environ 1h30", "fr", 1, 30),
        ("1u30 geleden", "nl", 1, 30),
        ("vor 3h15", "de", 3, 15),
        ("1h30 ago", "en", 1, 30),
    ],
)
def test_minutes_may_stand_behind_the_hours_without_their_unit(
    text: str, language: str, hours: int, minutes: int
) -> None:
    age = read_age(text, BUILT_IN[language].ages)
    assert age == Age(text, Ago(minutes, "minute", "environ" in text, above=("hour", hours)))


@pytest.mark.parametrize(("text", "language"), [("1h30", "fr"), ("1:30", "en"), ("1 h 30", "fr"), ("1h 30m", "en")])
def test_a_length_alone_is_no_age(text: str, language: str) -> None:
    assert find_age(text, BUILT_IN[language].ages) is None


def test_a_number_glued_to_an_age_begins_the_next_item_of_a_text() -> None:
    texts = texts_of(
        "Un titre\nPARIS (AFP) - Un.\nPlus d’actualités Monde\nRIO (AFP) - Deux.\nil y a 1h30 blessés à Lyon.\nil y a 2 h\n"
    )
    assert texts == ["Deux.", "30 blessés à Lyon."]


@pytest.mark.parametrize(
    ("text", "language", "days"),
    [("last week", "en", 14), ("Last month", "en", 62), ("letzte Woche", "de", 14), ("vorige maand", "nl", 62)],
)
def test_the_last_week_or_month_is_some_day_of_two(text: str, language: str, days: int) -> None:
    age = find_age(text, BUILT_IN[language].ages)
    assert age
    assert window_of_age(age, OBSERVED) == Window(OBSERVED - timedelta(days=days), OBSERVED)
