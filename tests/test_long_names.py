"""Texts of any length: what is part of an index is a hash, or bounded.

PostgreSQL refuses an index row of more than 2.7 kB. The characters are random, since it packs what repeats.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine, insert

from meeruit.tasks.errors import UsageError
from meeruit.tasks.store import runs
from meeruit.tasks.store.bodies import compress, store_bodies
from meeruit.tasks.store.noted import all_marks, record_marks
from meeruit.tasks.store.overlap import list_name, section_name
from meeruit.tasks.store.tables import LONGEST_NAME, Gap, table
from meeruit.tasks.store.validators import change_validators, load_validators
from meeruit.tasks.times import now
from meeruit.worker.sources import read_sources
from tests.filled import hashed
from tests.newswire.strategies import BASE
from tests.storing import store
from tests.test_derive import HOUR, gaps, shot

LONG = "".join(chr(Random(seed).randrange(0x20000, 0x2A6D0)) for seed in range(8_000))


def test_an_address_of_any_length_has_validators(engine: Engine) -> None:
    address = f"https://krant.example/{LONG}"
    with engine.begin() as db:
        store_bodies(db, {hashed("body"): (8, "", compress(b"De body."))})
        for tag in ('"1"', '"2"'):
            change_validators(db, {address: (tag, None, hashed("body"), "text/html")}, gone=[], used=[])
        change_validators(db, {}, gone=[], used=[address])
        kept = load_validators(db, [address, f"{address}?"])
        assert [(each, of.etag, of.body, of.uses) for each, of in kept.items()] == [(address, '"2"', b"De body.", 1)]
        change_validators(db, {}, gone=[address], used=[])
        assert load_validators(db, [address]) == {}


def test_lists_of_a_source_with_a_name_of_any_length_are_measured(engine: Engine) -> None:
    store(engine, [[[shot(hours, body, source=LONG)]] for hours, body in ((0, "a"), (9, "e"))])
    assert len(gaps(engine)) == 1


def test_names_that_are_cut_fit_every_index(engine: Engine) -> None:
    name, section = list_name(LONG, None), section_name(LONG)
    with engine.begin() as db:
        db.execute(insert(table(Gap)).values(list=name, section=section, from_at=BASE, to_at=BASE + HOUR))
        runs.start_run(db, "inbox", LONG[:LONGEST_NAME], now())
        record_marks(db, LONG[:LONGEST_NAME], {LONG: ""})
        assert all_marks(db, LONG[:LONGEST_NAME]) == {LONG: ""}


def test_a_source_whose_name_is_too_long_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(f'[[source]]\nname = "{LONG}"\nurls = ["https://krant.example/"]\n')
    with pytest.raises(UsageError, match="name must have at most 200 characters, and has 8000"):
        read_sources(path)
