"""Events for the log, and runs told as they end."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, update

from meeruit.tasks.errors import UsageError
from meeruit.tasks.events import say, told
from meeruit.tasks.report.run_ends import RunEnds
from meeruit.tasks.store import runs
from meeruit.tasks.store.tables import Run, table
from meeruit.tasks.times import now
from meeruit.worker.database import reading
from meeruit.worker.log import configure
from meeruit.worker.settings import read_settings


def logged(form: str, capsys: pytest.CaptureFixture[str], **fields: object) -> str:
    configure("INFO", form)
    say("fetched", logging.WARNING, **fields)
    logging.getLogger().handlers.clear()
    return capsys.readouterr().err


def test_an_event_is_one_line_of_keys_and_values(capsys: pytest.CaptureFixture[str]) -> None:
    line = logged("text", capsys, source="a b", address="https://x.example/?q=1", outcome="HTTP 503", nothing=None)
    assert line.endswith(
        ' WARNING MainProcess meeruit fetched source="a b" address=https://x.example/?q=1 outcome="HTTP 503"\n'
    )


@given(value=st.text())
def test_a_value_never_ends_its_line_nor_its_quotes(value: str) -> None:
    said = told(value)
    assert "\n" not in said
    assert "\x1b" not in said
    assert said == value or json.loads(said) == value


def test_json_lines_hold_the_fields(capsys: pytest.CaptureFixture[str]) -> None:
    row = json.loads(logged("json", capsys, source="a\nb", pages=3))
    assert (row["level"], row["event"], row["source"], row["pages"]) == ("WARNING", "fetched", "a\nb", 3)


def test_a_wrong_setting_of_the_log_is_one_line() -> None:
    with pytest.raises(UsageError, match="MEERUIT_LOG_LEVEL is 'LOUD'; it is one of DEBUG, INFO, WARNING, ERROR"):
        read_settings({"MEERUIT_LOG_LEVEL": "LOUD"})
    with pytest.raises(UsageError, match="MEERUIT_METRICS_ADDRESS is no host:port"):
        read_settings({"MEERUIT_METRICS_ADDRESS": "here"})
    assert read_settings({"MEERUIT_METRICS_ADDRESS": "[::1]:9464"}).metrics_address == ("::1", 9464)


def test_each_run_is_told_once_whatever_its_number_and_time(engine: Engine) -> None:
    at, ends = now(), RunEnds()

    def end(run: int, seconds: int) -> None:
        with engine.begin() as db:
            ended = at + timedelta(seconds=seconds)
            db.execute(update(table(Run)).where(table(Run).c.id == run).values(finished_at=ended, outcome="no pages"))

    def news(seconds: int) -> list[int]:
        with reading(engine) as db:
            return [row["id"] for row in ends.news(db, at + timedelta(seconds=seconds))]

    with engine.begin() as db:
        first, second, third, fourth = (runs.start_run(db, "test", None, at) for _ in range(4))
    end(first, 0)
    assert news(1) == [], "it ended before the first look"
    end(third, 2)
    assert news(3) == [third]
    end(second, 2)
    assert news(4) == [second], "it has a lower number and ended in the same second"
    assert news(5) == []
    end(fourth, -60)
    assert news(6) == [fourth], "its clock is behind"
    assert news(200) == []
