"""What was forgotten at an ingest: said by a second one, and mended by a replay of the pages that it names."""

from __future__ import annotations

from tests.live.conftest import Meeruit

LIST = """<!doctype html><html lang="nl"><title>Zee</title><body><main><ul>
<li><a href="/a">Veer vaart de hele winter door</a><p>Het veer blijft varen, meldt de haven.</p></li>
<li><a href="/b">Dijk bij Westkapelle wordt hoger</a><p>De dijk wordt een meter hoger dan nu.</p></li>
<li><a href="/c">Markt verhuist naar het grote plein</a><p>De markt verhuist in mei naar het plein.</p></li>
</ul></main></body></html>"""


def test_a_second_ingest_says_how_to_read_known_pages_otherwise_and_a_replay_does_it(meeruit: Meeruit) -> None:
    (meeruit.folder / "zee.html").write_text(LIST)
    meeruit("ingest", "zee.html")
    again = meeruit("ingest", "zee.html", "--listing", "--source", "de zee")
    assert (again.status, "1 known" in again.out) == (0, True)
    stays = "1 page is known and stays as read before, without --source 'de zee' --listing"
    assert again.err == f"meeruit: {stays}; to read so: meeruit replay 1 --source 'de zee' --listing\n"
    assert meeruit("items", "--format", "jsonl").lines == []
    said = meeruit("replay", "1", "--source", "de zee", "--listing", "--format", "jsonl")
    assert [line["change"] for line in said.lines] == ["new"] * 3
    assert meeruit("pages", "--format", "jsonl").lines[0]["source"] == "de zee"
    assert meeruit("ingest", "zee.html", "--listing", "--source", "de zee").err == ""
    back = meeruit("replay", "--run", "1", "--no-listing", "--format", "jsonl")
    assert [line["change"] for line in back.lines] == ["gone"] * 3


def test_what_records_say_in_vain_is_one_line_a_file_and_kind_with_how_many(meeruit: Meeruit) -> None:
    record = (
        '{"text": "Meer uit Zee\\nGOES - Een.\\n1 uur geleden", "captured_at": "2026-03-02T14:05:00Z", "url": "%d"}\n'
    )
    records = "".join(record % number for number in range(3))
    (meeruit.folder / "crawl.jsonl").write_text(records)
    path = meeruit.folder / "crawl.jsonl"
    said = ['3 records: "captured_at" is not read, "observed_at" is', '3 records: "url" is no http(s) address']
    assert meeruit("ingest", "crawl.jsonl").err.splitlines() == [f"meeruit: {path}: {line}" for line in said]
    stream = records.replace("Een", "Twee")
    assert meeruit("ingest", "-", stdin=stream).err.splitlines() == [f"meeruit: -: {line}" for line in said]
    assert meeruit("extract", "crawl.jsonl").err.splitlines() == [f"meeruit: {path}: {line}" for line in said]
    assert meeruit("replay", "--format", "jsonl").out == ""
    assert meeruit("body", "1").out == "Meer uit Zee\nGOES - Een.\n1 uur geleden"
    assert meeruit("body", "99").err == "meeruit: no page has the number 99; see: meeruit pages\n"
    (first, *others) = meeruit("sightings", "--format", "jsonl").lines
    assert (len(others), first["text"], first["page_id"]) == (5, "Twee.", 6)
