"""Which box a heading heads: its own, or the one behind a title that a link to more follows; not the next one."""

from __future__ import annotations

import pytest

from tests.grammar.reading import read
from tests.grammar.test_furniture import NEWS, OTHER, cards
from tests.grammar.test_unseen import headlines


@pytest.mark.parametrize("more", ["More Zeeland", "More <b>Zeeland</b>", "more from Zeeland »"])
def test_a_title_with_a_link_to_more_of_that_name_behind_it_is_a_heading(more: str) -> None:
    box = f"<section><h3>Zeeland</h3><a href='/zeeland/'>{more}</a><ul>{cards(*NEWS)}</ul></section>"
    (block,) = read(f"<html lang=en><body><h1>Own story</h1>{box}").blocks
    assert (block.section, [item.headline for item in block.items]) == ("Zeeland", list(NEWS))


@pytest.mark.parametrize(("title", "more"), [("Popular", "More Popular"), ("Zeeland", "More Sport")])
def test_a_title_with_a_link_to_other_things_behind_it_is_no_heading(title: str, more: str) -> None:
    assert headlines(f"<section><h3>{title}</h3><a href='/a/'>{more}</a><ul>{cards(*OTHER)}</ul></section>") == []
