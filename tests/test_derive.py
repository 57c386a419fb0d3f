"""What is derived from the order of pages: revisions, articles, gaps; whatever arrives late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update

from meeruit.tasks.store import runs
from meeruit.tasks.store.derive_runs import derive_ended_runs
from meeruit.tasks.store.tables import Item, Listing, Run, Work, table
from meeruit.tasks.times import now
from meeruit.worker.database import reading
from tests.newswire import text
from tests.newswire.ages import Age, utc
from tests.newswire.captures import Block, Capture, Lead, Printed, Sheet
from tests.newswire.noise import Quiet
from tests.newswire.strategies import BASE
from tests.storing import clear, store
from tests.tables import check, stored_gaps, stored_items

HOUR = timedelta(hours=1)
_listing, _run, _work = table(Listing), table(Run), table(Work)


def shot(
    hours: float,
    *bodies: str,
    headline: str = "",
    place: str = "GOES",
    section: str = "Zeeland",
    lead: Lead | None = None,
    url: str = "https://krant.example/1",
    source: str | None = None,
) -> Capture:
    """A page of form H or G, captured some hours after the base, that lists these bodies."""
    items = tuple(Printed(f"Dat is {body}.", Age(1, "hour"), headline or None, place) for body in bodies)
    sheet = Sheet((Block(section, items),) if items else (), lead)
    form = "H" if headline else "G"
    return Capture(url, BASE + hours * HOUR, form, text.render(Quiet(), form, sheet), sheet, source)


def one_by_one(engine: Engine, captures: Sequence[Capture]) -> None:
    """Each capture is a run of its own, derived before the next one comes."""
    for capture in captures:
        store(engine, [[[capture]]])


def revises(engine: Engine) -> dict[str, str]:
    """What each item revises, by body: the last word of each."""
    rows = {row["content_hash"]: row for row in stored_items(engine)}
    bodies = {key: str(row["text"]).split()[-1].strip(".") for key, row in rows.items()}
    return {bodies[key]: bodies[row["revision_of"]] for key, row in rows.items() if row["revision_of"]}


def gaps(engine: Engine) -> list[tuple[str, float, float]]:
    """The gaps: whose list, and from and to in hours after the base."""
    return [(row["list"][0], *((utc(row[end]) - BASE) / HOUR for end in ("from", "to"))) for row in stored_gaps(engine)]


#: Few of everything, so that headlines recur and cease to, items change theirs, copies come before their originals.
shots = st.builds(
    shot,
    st.sampled_from([0, 1, 5, 23, 24, 25, 48, 100, 168, 169, 400]),
    st.sampled_from("abcd"),
    headline=st.sampled_from(["Brand", "Storm"]),
    lead=st.none()
    | st.builds(Lead, st.sampled_from(["Brand", "Feest"]), st.just("GOES (ANP)"), st.just(("Dat is a.",))),
    url=st.sampled_from(["https://krant.example/1", "https://krant.example/2", "https://radio.example/1"]),
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(shots, min_size=2, max_size=8))
def test_whatever_arrives_late_the_rows_are_those_of_the_oracle(engine: Engine, captures: list[Capture]) -> None:
    clear(engine)
    one_by_one(engine, captures)
    check(engine, captures)


def test_a_headline_that_ceases_to_recur_joins_what_is_left(engine: Engine) -> None:
    recurring = [shot(0, "a", headline="Brand"), shot(2, "b", headline="Brand"), shot(30, "c", headline="Brand")]
    one_by_one(engine, recurring)
    assert revises(engine) == {}
    earlier = shot(20, "c", headline="Grote brand")
    one_by_one(engine, [earlier])
    assert revises(engine) == {"b": "a"}
    check(engine, [*recurring, earlier])


def test_a_late_third_body_unlinks_what_was_a_revision(engine: Engine) -> None:
    one_by_one(engine, [shot(0, "a", headline="Brand"), shot(2, "b", headline="Brand")])
    assert revises(engine) == {"b": "a"}
    one_by_one(engine, [shot(90, "c", headline="Brand", place="BORSELE")])
    assert revises(engine) == {}


def test_an_earlier_first_sighting_turns_a_revision_round(engine: Engine) -> None:
    captures = [shot(10, "a", headline="Brand"), shot(12, "b", headline="Brand"), shot(8, "b", headline="Brand")]
    one_by_one(engine, captures)
    assert revises(engine) == {"a": "b"}
    check(engine, captures)


def test_what_a_link_no_longer_joins_a_headline_still_does(engine: Engine) -> None:
    """The link is touched, the headline is not: its other items have to be looked at all the same."""
    own = "https://krant.example/brand"
    captures = [
        shot(0, "a", headline="Brand"),
        shot(2, "b", headline="Brand"),
        shot(3, lead=Lead("Brand", "GOES (ANP)", ("Dat is b.", "En meer.")), url=own),
        shot(4, "c", headline="Feest"),
        shot(5, lead=Lead("Feest", "GOES (ANP)", ("Dat is c.", "En meer.")), url=own),
        shot(-30, "c", headline="Feest"),
    ]
    one_by_one(engine, captures[:5])
    assert revises(engine) == {"b": "a", "c": "b"}
    one_by_one(engine, captures[5:])
    assert revises(engine) == {"b": "a"}
    check(engine, captures)


def test_an_article_gives_what_no_sighting_has_until_one_has_it(engine: Engine) -> None:
    article = Lead("Brand geblust", "GOES (ANP)", ("Dat is a.", "De rest van het artikel."))
    captures = [shot(5, "a"), shot(6, "q", lead=article, url="https://krant.example/artikel")]
    one_by_one(engine, captures[::-1])
    (item,) = [row for row in stored_items(engine) if row["text"] == "Dat is a."]
    assert (item["headline"], item["url"]) == ("Brand geblust", "https://krant.example/artikel")
    captures.append(shot(9, "a", headline="Brand"))
    one_by_one(engine, captures[2:])
    (item,) = [row for row in stored_items(engine) if row["text"] == "Dat is a."]
    assert (item["headline"], item["url"]) == ("Brand", "https://krant.example/artikel")
    check(engine, captures)


def test_a_list_that_shows_a_teaser_above_itself_is_nobody_s_article(engine: Engine) -> None:
    """Else all that ever stood there would have one link, and revise each other."""
    lists = [
        shot(hour, "q", lead=Lead("Zeeland", "GOES (ANP)", (f"Dat is {body}.",))) for hour, body in ((5, "a"), (6, "b"))
    ]
    one_by_one(engine, [shot(0, "a"), shot(1, "b"), *lists])
    assert [row["url"] for row in stored_items(engine)] == [None, None, None]
    assert revises(engine) == {}


def test_a_late_capture_closes_the_gap_that_it_fills_or_splits_it(engine: Engine) -> None:
    captures = [shot(0, "a", "b"), shot(8, "e", "f")]
    one_by_one(engine, captures)
    assert gaps(engine) == [("krant.example", 0, 8)]
    one_by_one(engine, [shot(4, "b", "c", "d")])
    assert gaps(engine) == [("krant.example", 4, 8)]
    one_by_one(engine, [shot(6, "d", "e")])
    assert gaps(engine) == []
    one_by_one(engine, [shot(7, "x")])
    assert gaps(engine) == [("krant.example", 6, 7), ("krant.example", 7, 8)]


def test_overlap_counts_what_the_capture_before_showed(engine: Engine) -> None:
    one_by_one(engine, [shot(9, "c", "d"), shot(0, "a", "b", "c"), shot(3, "b", "c", "d"), shot(5, "b", "c", "d")])
    with reading(engine) as db:
        rows = list(db.execute(select(_listing).order_by(_listing.c.observed_at)))
    assert [(row.shown, row.shared) for row in rows] == [(3, None), (3, 2), (3, None), (2, 2)], "the third is stale"


def test_a_gap_begins_where_its_page_was_first_seen_as_it_was_before_it(engine: Engine) -> None:
    captures = [shot(0, "a"), shot(3, "a"), shot(6, "a"), shot(7, "b")]
    one_by_one(engine, captures)
    assert gaps(engine) == [("krant.example", 0, 7)]
    check(engine, captures)


def test_pages_of_one_source_under_one_heading_are_one_list_and_of_two_sources_are_two(engine: Engine) -> None:
    def polls(a: str, b: str) -> list[Capture]:
        of_a = [shot(n, *shown, url=f"https://{a}.example/a", source=a) for n, shown in ((0, "abc"), (3, "xyz"))]
        of_b = [shot(n, *shown, url=f"https://{b}.example/b", source=b) for n, shown in ((1, "cd"), (2, "dx"))]
        return [*of_a, *of_b]

    one_by_one(engine, polls("both", "both"))
    assert gaps(engine) == [], "what /b shows hides what /a missed"
    one_by_one(engine, polls("one", "other"))
    assert gaps(engine) == [("one", 0, 3)]


def test_an_earlier_copy_makes_a_capture_of_another_source_count_no_longer(engine: Engine) -> None:
    named = [shot(0, "a", source="wire"), shot(6, "b", source="wire"), shot(9, "c", source="wire")]
    one_by_one(engine, named)
    assert gaps(engine) == [("wire", 0, 6), ("wire", 6, 9)]
    one_by_one(engine, [shot(3, "b")])
    assert gaps(engine) == [("wire", 0, 9)]


def test_a_page_that_nobody_dated_or_whose_host_nobody_knows_is_in_no_list(engine: Engine) -> None:
    one_by_one(engine, [replace(shot(0, "a"), observed_at=None), shot(3, "b", url="pagina.txt"), shot(5, "c")])
    with reading(engine) as db:
        assert [row.list for row in db.execute(select(_listing))] == ["krant.example"]
    assert gaps(engine) == []


def test_captures_of_one_second_are_one(engine: Engine) -> None:
    captures = [
        shot(0, "a", "b"),
        shot(2, "b", url="https://krant.example/2"),
        shot(2, "x", url="https://krant.example/3"),
        shot(3, "x"),
    ]
    one_by_one(engine, captures)
    assert gaps(engine) == []
    check(engine, captures)


def test_while_one_derives_for_a_run_others_leave_it_alone_and_then_take_it_over(engine: Engine) -> None:
    with engine.begin() as db:
        run = runs.start_run(db, "test", None, now())
        runs.set_enrolled(db, run, now())
        assert runs.take_underived(db, run, 9, now()) == []
        assert runs.take_underived(db, run, 9, now()) is None
    derive_ended_runs(engine, run)
    assert not finished(engine, run)
    with engine.begin() as db:
        db.execute(update(_run).values(settling_until=now()))
    derive_ended_runs(engine, run)
    assert finished(engine, run)


def test_what_a_command_that_died_had_enrolled_is_derived_and_its_run_stays_open(engine: Engine) -> None:
    one_by_one(engine, [shot(0, "a", headline="Brand"), shot(1, "b", headline="Brand")])
    with engine.begin() as db:
        db.execute(update(table(Item)).values(revision_of=None))
        db.execute(update(_work).values(derived=False))
        db.execute(update(_run).values(enrolled_at=None, finished_at=None))
    derive_ended_runs(engine)
    assert revises(engine) == {"b": "a"}
    with reading(engine) as db:
        assert all(row.derived for row in db.execute(select(_work)))
        assert not any(row.finished_at for row in db.execute(select(_run)))


def finished(engine: Engine, run: int) -> bool:
    """Whether the run is finished."""
    with reading(engine) as db:
        return runs.all_finished(db, [run])
