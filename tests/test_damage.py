"""``db check``: nothing to say of sound tables; each kind of damage is named."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from meeruit.tasks.report.damage import damages
from meeruit.tasks.times import now
from meeruit.worker.database import make_engine, reading
from tests.newswire.camera import LISTINGS, Camera, Plan
from tests.storing import store
from tests.test_failures import Event, captured, put

#: What is done by hand, and how what it leaves is named.
BY_HAND = {
    "UPDATE page SET found = found + 1 WHERE id = 1": "page whose found is not new + seen + rejected",
    "UPDATE page SET seen = seen + 1, found = found + 1 WHERE id = 2": "work whose items are not those of its pages",
    "UPDATE work SET pages_done = pages_done + 1 WHERE id = 1": "work whose pages are not done or failed",
    "UPDATE run SET items_new = items_new + 1 WHERE id = 1": "run whose counts are not those of its work",
    "DELETE FROM sighting WHERE page_id = 3": "page whose sightings are not its new and seen items",
    "UPDATE item SET sightings = sightings + 1 WHERE id = 1": "item whose sightings is not that of its sightings",
    "DELETE FROM sighting WHERE item_id = 1": "item without a sighting",
    "UPDATE item SET first_seen_at = last_seen_at WHERE id = (SELECT min(id) FROM item WHERE first_seen_at < last_seen_at)":
        "item whose first_seen_at is not that of its sightings",
    "DELETE FROM item WHERE id = (SELECT max(id) FROM item)": "sighting without its item (item_id)",
    "DELETE FROM page WHERE id = 5": "sighting without its page (page_id)",
    "UPDATE item SET text = text || '!' WHERE id = 1": "item whose hash is not that of its text",
    "UPDATE body SET size = size + 1 WHERE sha256 = (SELECT min(sha256) FROM body)": "body that is not what its hash says",
    "UPDATE work SET state = 'running' WHERE id = 1": "work that runs without a lease",
    "UPDATE work SET state = 'pending' WHERE id = 1": "run that is finished before its work",
    "UPDATE run SET finished_at = NULL, enrolled_at = '2020-01-01 00:00:00+00:00' WHERE id = 1":
        "run that is not finished though its work is",
    "UPDATE gap SET to_at = from_at": "gap that does not end after it begins",
    "UPDATE gap SET list = 'other'": "gap between captures that are not there",
    "UPDATE failure SET page_id = 1": "failure without its page in quarantine",
    "UPDATE page SET address_key = 7 WHERE id = 1": "page that is not found by its address",
    "INSERT INTO validator (key, address, body, media_type, uses) SELECT 'k', 'a', min(sha256), '', 0 FROM body":
        "validator that is not found by its address",
}  # fmt: skip


def fill(engine: Engine) -> None:
    """Captures of a list that was looked at too seldom, and an address that failed."""
    camera = Camera(Plan(60, seed=8, days=1, listings=(LISTINGS[0],), stale=0, undated=0, outages=0))
    store(engine, [[[camera.capture(number) for number in camera.numbers()]]])
    put(engine, [captured(Event("https://krant.example/gone", 1, "fetching"))])


@pytest.fixture
def filled(engine: Engine) -> Engine:
    fill(engine)
    return engine


def found(db: Connection) -> set[str]:
    return {damage.kind for damage in damages(db, now(), every=True)}


def test_sound_tables_have_no_damage(filled: Engine) -> None:
    with reading(filled) as db:
        assert found(db) == set()
        assert list(damages(db, now())) == []


def test_each_kind_of_damage_is_named(filled: Engine) -> None:
    for statement, kind in BY_HAND.items():
        with filled.connect() as db:
            sqlite = db.dialect.name == "sqlite"
            db.execute(text("PRAGMA defer_foreign_keys = ON" if sqlite else "SET session_replication_role = replica"))
            assert db.execute(text(statement)).rowcount > 0, statement
            assert kind in found(db), statement
            db.rollback()


def test_the_command_names_what_was_damaged_on_the_disk(tmp_path: Path, migrated_sqlite: Path) -> None:
    path = tmp_path / "copy.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    engine = make_engine(f"sqlite:///{path}")
    fill(engine)
    engine.dispose()

    def check() -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"MEERUIT_DATABASE_URL": f"sqlite:///{path}"}
        command = [sys.executable, "-m", "meeruit.worker", "db", "check", "--all"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    sound = check()
    assert (sound.returncode, sound.stderr) == (0, "")
    assert "nothing is damaged" in sound.stdout
    with sqlite3.connect(path) as db:
        db.execute("UPDATE item SET text = text || '!' WHERE id = 1")
        db.execute("DELETE FROM page WHERE id = 2")
    db.close()
    damaged = check()
    assert damaged.returncode == 1
    assert "damaged: sighting without its page (page_id): " in damaged.stdout
    assert "damaged: item whose hash is not that of its text: 1 row, such as content_hash " in damaged.stdout
