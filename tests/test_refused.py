"""A page that the database refuses ends alone in quarantine; its neighbours are stored. On both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import OperationalError

from meeruit.tasks.captures import Capture, Raw
from meeruit.tasks.counts import Counts
from meeruit.tasks.references import Streamed, Terms
from meeruit.tasks.store import runs
from meeruit.tasks.store.tables import Page, table
from meeruit.tasks.store.transaction import transaction
from meeruit.tasks.times import now
from meeruit.tasks.work import ledger
from meeruit.tasks.work.capturing import capture
from meeruit.tasks.work.storing import new_bodies, store_captures

_page = table(Page)
AT = now()
TERMS = Terms(AT, "option")


def page(number: int) -> Capture:
    body = f"Meer uit Zee\nGOES (ANP) - Bericht {number} van de dag.\n1 uur geleden".encode()
    return capture(Raw(f"https://x.example/{number}", Streamed(str(number)), body, media_type="text/plain"), TERMS)


def refuse(engine: Engine, address: str) -> None:
    """Have the database refuse the rows of one address, as it refuses a value that it cannot hold."""
    with engine.begin() as db:
        if engine.dialect.name == "sqlite":
            db.execute(
                text(
                    f"CREATE TRIGGER no BEFORE INSERT ON page WHEN NEW.address = '{address}' AND NEW.state = 'done' "
                    "BEGIN SELECT RAISE(ABORT, 'we do not like it'); END"
                )
            )
        else:
            db.execute(
                text(
                    "CREATE FUNCTION no() RETURNS trigger AS $$ BEGIN RAISE 'we do not like it' USING ERRCODE = '22000'; "
                    "END $$ LANGUAGE plpgsql"
                )
            )
            db.execute(
                text(
                    "CREATE TRIGGER no BEFORE INSERT ON page FOR EACH ROW "
                    f"WHEN (NEW.address = '{address}' AND NEW.state = 'done') EXECUTE FUNCTION no()"
                )
            )


def stored(engine: Engine, captures: list[Capture]) -> tuple[Counts, list[tuple[str, str]]]:
    with engine.begin() as db:
        run_id = runs.start_run(db, "test", None, AT)
        work_id = ledger.enrol(db, run_id, "bodies", TERMS, [], len(captures), AT)
        held = ledger.claim(db, work_id, "me", AT)
    assert isinstance(held, ledger.Claim)
    return transaction(
        engine, lambda db: store_captures(db, held, captures, new_bodies(captures, TERMS.keep), lambda _step: None)
    )


def test_a_page_that_is_refused_ends_in_quarantine_and_its_neighbours_are_stored(engine: Engine) -> None:
    refuse(engine, "https://x.example/37")
    counts, failed = stored(engine, [page(number) for number in range(100)])
    assert (counts.pages_done, counts.pages_failed, counts.items_new) == (99, 1, 99)
    ((address, reason),) = failed
    assert address == "https://x.example/37"
    assert reason.startswith("refused by the database: ")
    assert "we do not like it" in reason
    with engine.connect() as db:
        states = {row.address: row.state for row in db.execute(select(_page.c.address, _page.c.state))}
    assert states.pop("https://x.example/37") == "quarantined"
    assert set(states.values()) == {"done"}
    assert len(states) == 99


def test_a_page_whose_own_address_no_database_takes_is_named_without_what_it_cannot_hold(engine: Engine) -> None:
    body = b"Meer uit Zee\nGOES (ANP) - Een bericht.\n1 uur geleden"
    bad = capture(Raw("https://x.example/\0\ud800", Streamed("1"), body, media_type="text/plain"), TERMS)
    counts, failed = stored(engine, [page(1), bad])
    assert counts.pages_done + counts.pages_failed == 2
    if failed:  # SQLite holds a NUL, and neither holds half a surrogate pair
        assert failed[0][0] == "https://x.example/\ufffd\ufffd"
    assert counts.pages_done >= 1


def test_a_database_that_cannot_write_at_all_is_no_fault_of_a_page(engine: Engine) -> None:
    with engine.begin() as db:
        db.execute(text("ALTER TABLE sighting RENAME TO elsewhere"))
    with pytest.raises(Exception, match="sighting") as raised:
        stored(engine, [page(1)])
    if engine.dialect.name == "sqlite":
        assert isinstance(raised.value, OperationalError)
    with engine.connect() as db:
        assert db.execute(select(_page)).all() == []
