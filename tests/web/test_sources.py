from __future__ import annotations

from pathlib import Path

import pytest

from meeruit.tasks.errors import UsageError
from meeruit.tasks.grammar import profiles
from meeruit.tasks.records import Rounding
from meeruit.tasks.work.polling import Polled
from meeruit.worker.sources import read_sources


@pytest.fixture
def write(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path / "sources.toml"


def test_sources_are_read_as_the_design_writes_them(write: Path) -> None:
    write.write_text("""
[[source]]
name = "abroad"                      # unique
urls = ["https://Example.org/buitenland"]
feeds = ["https://example.org/rss"]
folder = "inbox"
every = "10m"
profile = "nl"
delay = 2.5
rounding = "nearest"

[[source]]
name = "small"
urls = ["http://example.org"]
""")
    assert read_sources(write) == (
        Polled(
            name="abroad",
            urls=("https://example.org/buitenland",),
            feeds=("https://example.org/rss",),
            folder=write.parent / "inbox",
            every=600,
            profile="nl",
            delay=2.5,
            rounding=Rounding.NEAREST,
        ),
        Polled(name="small", urls=("http://example.org/",), every=600, profile=None, delay=5.0),
    )


@pytest.mark.parametrize(
    ("every", "seconds"), [("5s", 5), ("30s", 30), ("10m", 600), ("2h", 7200), ("1d", 86400), ("366d", 366 * 86400)]
)
def test_every_is_a_number_with_its_unit(write: Path, every: str, seconds: int) -> None:
    write.write_text(f'[[source]]\nname = "a"\nurls = ["http://a"]\nevery = "{every}"')
    assert read_sources(write)[0].every == seconds


def test_a_profile_of_ones_own_stands_relative_to_the_sources(write: Path) -> None:
    profile = write.parent / "mine.toml"
    profile.write_text((Path(profiles.__file__).parent / "languages" / "en.toml").read_text())
    write.write_text('[[source]]\nname = "a"\nurls = ["http://a"]\nprofile = "mine.toml"')
    assert read_sources(write)[0].profile == str(profile)


def test_an_empty_file_polls_nothing(write: Path) -> None:
    write.write_text("# nothing yet\n")
    assert read_sources(write) == ()


HEAD = '# sources\n\n[[source]]\nname = "a"\nurls = ["http://a"]\n'


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            HEAD + 'evry = "10m"\n',
            "6: source 'a': evry is not known; use name, urls, feeds, folder, every, profile, listing, rounding, delay",
        ),
        (
            HEAD + 'every = "10x"\n',
            '6: source \'a\': every is no time: \'10x\'; write it like "30s", "10m", "2h" or "1d"',
        ),
        (HEAD + "every = 10\n", '6: source \'a\': every is no time: 10; write it like "30s", "10m", "2h" or "1d"'),
        (HEAD + 'every = "4s"\n', "6: source 'a': every must lie between \"5s\" and \"366d\", and is '4s'"),
        (HEAD + 'every = "999d"\n', "6: source 'a': every must lie between \"5s\" and \"366d\", and is '999d'"),
        (HEAD + "delay = -1\n", "6: source 'a': delay must lie between 0 and 3600 seconds, and is -1"),
        (HEAD + "delay = nan\n", "6: source 'a': delay must be a number of seconds, such as 5"),
        (HEAD + "delay = true\n", "6: source 'a': delay must be a number of seconds, such as 5"),
        (HEAD + 'delay = "5"\n', "6: source 'a': delay must be a number of seconds, such as 5"),
        (HEAD + 'rounding = "up"\n', "6: source 'a': rounding must be \"down\" or \"nearest\", and is 'up'"),
        (HEAD + "listing = 1\n", "6: source 'a': listing must be true or false"),
        (HEAD + 'profile = "pt"\n', "6: source 'a': profile is neither nl nor en nor de nor fr nor a TOML file: pt"),
        (HEAD + 'profile = "no.toml"\n', "6: source 'a': profile cannot be used: {folder}/no.toml: cannot read this"),
        (
            HEAD + 'folder = "nowhere"\n',
            "6: source 'a': folder is no folder: {folder}/nowhere; make it, or name another",
        ),
        (HEAD + f'folder = "{"x" * 5000}"\n', "6: source 'a': folder is no folder: "),
        (HEAD + 'feeds = "http://a"\n', "6: source 'a': feeds must be a list of addresses, such as "),
        (HEAD + "feeds = [1]\n", "6: source 'a': feeds must be a list of addresses, such as "),
        (
            HEAD + 'feeds = [\n  "http://a",\n  "ftp://a",\n]\n',
            "6: source 'a': feeds holds 'ftp://a': refused address: ftp scheme; ",
        ),
        (
            HEAD + 'feeds = ["http://a", "a.example/rss"]\n',
            "6: source 'a': feeds holds 'a.example/rss': refused address: no scheme; only http and https are fetched",
        ),
        (HEAD + 'feeds = [""]\n', "6: source 'a': feeds holds '': refused address: no scheme; "),
        (
            HEAD + 'feeds = ["http://u:p@a"]\n',
            "6: source 'a': feeds holds '…@a': refused address: it holds a user name",
        ),
        (HEAD + HEAD, "9: source 'a': name is taken by a source above; give each its own"),
        (HEAD + '[[source]]\nurls = ["http://a"]\n', "6: source number 2: name is missing"),
        (
            HEAD + '[[source]]\nname = ""\nurls = ["http://a"]\n',
            "7: source number 2: name must be a text in quotes, on one",
        ),
        (HEAD + "[[source]]\nname = 1\n", "7: source number 2: name must be a text in quotes, on one line"),
        (
            '[[source]]\nname = "a\\nb"\nurls = ["http://a"]',
            "2: source 'a\\nb': name must be a text in quotes, on one line",
        ),
        ('[[source]]\nname = "a"\n', "1: source 'a': names nothing to poll; give it urls, feeds or a folder"),
        (
            '[[source]]\nname = "a"\nurls = []\n',
            "1: source 'a': names nothing to poll; give it urls, feeds or a folder",
        ),
        ('source = [{name = "a"}]\n', " source 'a': names nothing to poll; give it urls, feeds or a folder"),
        ('[source]\nname = "a"\n', " write each source as a table of its own, under [[source]]"),
        ("source = [1]\n", " write each source as a table of its own, under [[source]]"),
        (
            '[[sources]]\nname = "a"\n',
            " unknown 'sources'; a file of sources holds [[source]] and [[webhook]] tables only",
        ),
        ('[[source]]\nname = "a\n', " this is no TOML: Illegal character '\\n' (at line 2, column 10)"),
        ("[[source]]\nname = 1\nname = 2\n", " this is no TOML: Cannot overwrite a value (at line 3, column 9)"),
        ("x = " + "[" * 5000, " this is no TOML: "),
    ],
)
def test_every_mistake_is_one_line_with_its_place(write: Path, text: str, line: str) -> None:
    write.write_text(text)
    with pytest.raises(UsageError) as failure:
        read_sources(write)
    message = str(failure.value)
    assert message.startswith(f"{write}:{line.format(folder=write.parent)}")
    assert "\n" not in message


def test_a_file_that_cannot_be_read_is_named(write: Path) -> None:
    with pytest.raises(UsageError, match=r"sources\.toml: cannot read the sources: No such file or directory"):
        read_sources(write)
    with pytest.raises(UsageError, match="cannot read the sources: Is a directory"):
        read_sources(write.parent)
    write.write_bytes(b"# caf\xe9")
    with pytest.raises(UsageError, match=r"sources\.toml: this is no UTF-8 text; save it as UTF-8"):
        read_sources(write)


def test_a_byte_order_mark_is_no_mistake(write: Path) -> None:
    write.write_bytes(b"\xef\xbb\xbf" + HEAD.encode())
    assert read_sources(write)[0].name == "a"
