"""What an item is: sightings can be added to the fold of others only where that gives the fold of all of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from meeruit.tasks.records import PublishedFrom, Window
from meeruit.tasks.store.canonical import Seen, added, canonical

START = datetime(2026, 3, 2, tzinfo=UTC)
MOMENTS = st.integers(0, 8).map(lambda minutes: START + timedelta(minutes=minutes))


@st.composite
def _windows(draw: st.DrawFn) -> Window | None:
    if draw(st.booleans()):
        return None
    after = START - timedelta(minutes=draw(st.integers(0, 12)))
    return Window(after, after + timedelta(minutes=draw(st.sampled_from([0, 6, 12]))))


@st.composite
def _sightings(draw: st.DrawFn) -> list[Seen]:
    """Sightings of one item, each on a capture of its own; some captures are of one address with one body."""
    captures = draw(
        st.lists(st.tuples(MOMENTS, st.sampled_from("ab"), st.sampled_from("xyz")), unique=True, min_size=2)
    )
    found = []
    for moment, address, body in captures:
        window = draw(_windows())
        point = window is not None and window.after == window.before
        said_by = draw(st.sampled_from([PublishedFrom.AGE, PublishedFrom.DATE]))
        found.append(
            Seen(
                observed_at=moment,
                address=address,
                position=draw(st.integers(1, 2)),
                body=body,
                section=draw(st.sampled_from([None, "Sport", "Goes"])),
                headline=draw(st.sampled_from([None, "Brand", "Brand!"])),
                place=draw(st.sampled_from([None, "GOES"])),
                agencies=draw(st.sampled_from([(), ("ANP",), ("ANP", "AFP")])),
                url=draw(st.sampled_from([None, "/1"])),
                text=draw(st.sampled_from(["'t brandt", "’t brandt"])),
                window=window,
                published_from=None if window is None else PublishedFrom.DATETIME if point else said_by,
            )
        )
    return found


@given(seen=_sightings(), data=st.data())
def test_what_is_added_to_a_fold_gives_the_fold_of_all_or_nothing(seen: list[Seen], data: st.DataObject) -> None:
    captures = sorted({(one.address, one.body) for one in seen})
    new_ones = data.draw(st.sets(st.sampled_from(captures)))
    old = [one for one in seen if (one.address, one.body) not in new_ones]
    new = [one for one in seen if (one.address, one.body) in new_ones]
    if not old or not new:
        return
    shown_at = tuple(
        min((one.observed_at for one in old if getattr(one, name)), default=None)
        for name in ("headline", "place", "agencies", "section", "url")
    )
    for known_times in (None, shown_at):
        both = added(canonical(old), new, known_times)
        assert both in (None, canonical(seen))


def test_sightings_whose_windows_meet_are_added_without_the_others() -> None:
    def seen(minute: int, headline: str) -> Seen:
        moment = START + timedelta(minutes=minute)
        window = Window(moment - timedelta(minutes=10), moment)
        return Seen(
            moment, f"/{minute}", 1, "", "Goes", headline, "GOES", (), None, "Brand.", window, PublishedFrom.AGE
        )

    old = [seen(2, "Brand"), seen(4, "Brand!")]
    between = seen(3, "Brand")
    assert added(canonical(old), [between]) == canonical([*old, between])
    assert added(canonical(old), [seen(3, "Vuur")]) is None
    shown_at = (old[0].observed_at,) * 5
    assert added(canonical(old), [seen(3, "Vuur")], shown_at) == canonical([*old, seen(3, "Vuur")])
