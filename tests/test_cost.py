"""The measure by which hostile input is judged tells what grows in step from what does not."""

from __future__ import annotations

from itertools import product

from tests.cost import IN_STEP, growth


def test_what_takes_the_square_of_its_input_grows_out_of_step_and_what_reads_it_once_does_not() -> None:
    assert growth(range, lambda some: sum(1 for _ in product(some, some)), 175) > IN_STEP
    assert growth(range, lambda some: sum(1 for _ in some), 250_000) < IN_STEP
