"""The links that feeds show: fetched once, tried again where they failed, given up in the end."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from meeruit.tasks.times import now
from meeruit.tasks.work import links

AT = now()
SECOND = timedelta(seconds=1)


def test_a_link_is_asked_for_when_it_is_first_shown_and_not_while_it_waits_or_once_it_was_fetched() -> None:
    shown = ["a", "b", "c", "a"]
    assert links.to_fetch(shown, {}, AT) == ["a", "b", "c"]
    assert links.to_fetch(shown, {"a": links.WAITING, "b": links.SEEN}, AT) == ["c"]


def test_a_link_that_failed_is_asked_for_again_later_twice_and_then_given_up() -> None:
    mark, at, asked = links.waiting_again(None), AT, 0
    while True:
        mark = links.after_failure(mark, at)
        if mark == links.SEEN:
            break
        pause = links.PAUSES[asked]
        assert links.to_fetch(["a"], {"a": mark}, at + pause - SECOND) == []
        assert links.to_fetch(["a"], {"a": mark}, at + pause) == ["a"]
        at, asked, mark = at + pause, asked + 1, links.waiting_again(mark)
        assert links.to_fetch(["a"], {"a": mark}, at + pause) == []
    assert asked == len(links.PAUSES)


def test_a_failure_noted_by_a_clock_that_ran_ahead_does_not_hold_a_link_back() -> None:
    mark = links.after_failure(links.WAITING, AT + timedelta(days=1))
    assert links.to_fetch(["a"], {"a": mark}, AT) == ["a"]


@given(st.lists(st.sampled_from("abcdef")), st.dictionaries(st.sampled_from("abcdef"), st.just(links.SEEN)))
def test_what_is_asked_for_is_what_is_shown_and_not_known_each_once_in_order(
    shown: list[str], marks: dict[str, str]
) -> None:
    asked = links.to_fetch(shown, marks, AT)
    assert asked == sorted(set(shown) - marks.keys(), key=shown.index)
