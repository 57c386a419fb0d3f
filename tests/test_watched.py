"""The file of sources while a worker runs: what holds after each change of it, and of what it names."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from meeruit.tasks.grammar import profiles
from meeruit.tasks.grammar.profiles import named_profile
from meeruit.worker import schedule
from meeruit.worker.schedule import watched_sources

NL = (Path(profiles.__file__).parent / "languages" / "nl.toml").read_text()
A, B = '[[source]]\nname = "a"\nurls = ["https://n.example/"]\n', '[[source]]\nname = "b"\n'


class Watched:
    """What a process sees of the file, and what it said."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.said: list[str] = []
        self._look = watched_sources(file, self.said.append)

    @property
    def names(self) -> str:
        return " ".join(source.name for source in self._look())


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    monkeypatch.setattr(schedule, "AGAIN", 0.0)
    return Watched(tmp_path / "sources.toml")


def test_a_source_without_its_folder_stops_alone_and_goes_on_when_the_folder_is_there(watched: Watched) -> None:
    folder = watched.file.parent / "inbox"
    watched.file.write_text(A + B + 'folder = "inbox"\n')
    assert [watched.names, watched.names] == ["a", "a"]
    assert [line.endswith("it is not polled until then") for line in watched.said] == [True], "said once"
    assert f"source 'b': folder is no folder: {folder}; make it" in watched.said[0]
    folder.mkdir()
    assert (watched.names, len(watched.said)) == ("a b", 1)


def test_a_folder_that_goes_while_its_source_is_polled_is_a_matter_of_its_polls(watched: Watched) -> None:
    folder = watched.file.parent / "inbox"
    folder.mkdir()
    watched.file.write_text(A + B + 'folder = "inbox"\n')
    assert watched.names == "a b"
    folder.rmdir()
    assert (watched.names, watched.said) == ("a b", [])


def test_a_source_whose_profile_is_broken_stops_alone_and_goes_on_when_it_is_mended(watched: Watched) -> None:
    profile = watched.file.parent / "mine.toml"
    profile.write_text(NL)
    watched.file.write_text(A + B + 'urls = ["https://m.example/"]\nprofile = "mine.toml"\n')
    assert watched.names == "a b"
    profile.write_text("[")
    assert [watched.names, watched.names] == ["a", "a"]
    assert ["source 'b': profile cannot be used" in line for line in watched.said] == [True]
    profile.write_text(NL)
    assert watched.names == "a b"
    profile.unlink()
    assert watched.names == "a"


def test_a_mistake_in_the_file_leaves_all_as_it_was_whatever_is_not_there(watched: Watched) -> None:
    watched.file.write_text(A + B + 'folder = "inbox"\n')
    assert watched.names == "a"
    watched.file.write_text(A + 'every = "soon"\n')
    assert [watched.names, watched.names] == ["a", "a"]
    assert ["what was right before goes on" in line for line in watched.said] == [False, True]


def test_a_process_that_is_forked_anew_knows_what_its_parent_knew(watched: Watched) -> None:
    watched.file.write_text(A)
    assert watched.names == "a"
    watched.file.write_text("[[source]]\n")
    assert watched.names == "a"
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        os.write(write, json.dumps([watched.names, len(watched.said)]).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(write)
    assert json.loads(os.read(read, 1_000)) == ["a", 1], "and says nothing twice"
    os.close(read)


def test_a_profile_is_read_again_once_its_file_has_changed(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(NL)
    before = named_profile(str(file))
    assert named_profile(str(file)) is before
    file.write_text(NL.replace('language = "nl"', 'language = "fy"'))
    assert (before.language, named_profile(str(file)).language) == ("nl", "fy")
