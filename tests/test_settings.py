"""Settings come from the environment, and a mistake in them is one line that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from meeruit.tasks.errors import UsageError
from meeruit.worker.settings import read_settings


def test_without_settings_the_database_is_a_file_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = read_settings({})
    assert settings.database_url == f"sqlite:///{tmp_path}/meeruit.db"
    assert settings.database_is_default
    assert settings.broker_url is None


def test_a_postgresql_address_gets_its_driver() -> None:
    settings = read_settings({"MEERUIT_DATABASE_URL": "postgresql://u:p%40ss@db/news"})
    assert settings.database_url == "postgresql+psycopg://u:p%40ss@db/news"
    assert not settings.database_is_default


def test_an_empty_variable_is_as_good_as_none() -> None:
    settings = read_settings({"MEERUIT_BROKER_URL": "", "MEERUIT_WEB_ADDRESS": "", "MEERUIT_METRICS_ADDRESS": ""})
    assert (settings.broker_url, settings.metrics_address) == (None, None)
    assert settings.web_address == read_settings({}).web_address


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"MEERUIT_TYPO": "1"}, "MEERUIT_TYPO: unknown setting; known are MEERUIT_DATABASE_URL"),
        ({"MEERUIT_BROKER": "x"}, "did you mean MEERUIT_BROKER_URL?"),
        ({"MEERUIT_DATABASE_URL": "mysql://x/y"}, "MEERUIT_DATABASE_URL names mysql; SQLite"),
        ({"MEERUIT_DATABASE_URL": "news.db"}, "MEERUIT_DATABASE_URL is no database address"),
        ({"MEERUIT_BROKER_URL": "amqp://x"}, "MEERUIT_BROKER_URL is no Redis address"),
        ({"MEERUIT_ALLOW_PRIVATE_HOSTS": "http://127.0.0.1:8099/"}, "'http://127.0.0.1:8099/' is no host or host:port"),
        (
            {"MEERUIT_ALLOW_PRIVATE_HOSTS": "127.0.0.1:80x99"},
            "MEERUIT_ALLOW_PRIVATE_HOSTS: '127.0.0.1:80x99' is no host",
        ),
        ({"MEERUIT_ALLOW_PRIVATE_HOSTS": "a;b"}, "write it like 127.0.0.1:8080,intranet"),
        ({"MEERUIT_CONTACT": "me (at home)"}, "MEERUIT_CONTACT: write an address or a mailbox"),
    ],
)
def test_a_mistake_is_one_line_that_says_which_and_what_to_do(environment: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_settings(environment)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
