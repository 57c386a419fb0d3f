"""What every table and column says, as comments in PostgreSQL: ``\\d+ item`` shows them. SQLite has no comments."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_COUNTS = {
    "pages_new": "Captures that were not stored before.",
    "pages_known": "Captures that were stored before: they add nothing, whatever they hold.",
    "pages_done": "Pages that were read.",
    "pages_failed": "Pages that ended in quarantine.",
    "items_new": "Items that nobody had seen before.",
    "items_seen": "Items that were known, seen once more.",
    "items_rejected": "Items that were found and not kept: cut off, repeated on the page, and the like.",
}
#: Each table: what a row of it is, and what each of its columns says.
_TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "item": (
        "A canonical item: one text, however often it was printed; what it shows comes from its earliest sighting that has it.",
        {
            "id": "Its number in this database; elsewhere it has another.",
            "content_hash": "SHA-256, in hex, of its folded text (its folded headline where it has none): the same everywhere.",
            "hash_version": "The version of the rules by which its text was folded.",
            "headline": "Its headline; null where no sighting has one.",
            "headline_from": "Who gave the headline: sighting, or its own article.",
            "place": "The place of its dateline, as printed: GOES, TEHERAN/JERUZALEM.",
            "agencies": "The agencies of its dateline, a JSON list in printed order; empty where none is named.",
            "text": "Its text without the dateline; empty where it is a headline only.",
            "section": "The section under which it stood: the words behind the heading of its list.",
            "url": "Its link.",
            "url_from": "Who gave the link: sighting, or its own article.",
            "first_seen_at": "The earliest time at which a page that shows it was captured.",
            "last_seen_at": "The latest time at which a page that shows it was captured.",
            "sightings": "How many pages show it.",
            "published_after": "It was published after this time; null where nothing says so.",
            "published_before": "It was published at this time or before; null where nothing says so.",
            "published_from": "What that rests on: age, date, datetime.",
            "conflicts": "Sightings that were passed over, since their time contradicts that of the others.",
            "revision_of": "The earlier item that this one corrects.",
            "headline_key": "SHA-256 of the folded headline by which revisions are found; null where it is none.",
            "link_key": "SHA-256 of the link by which revisions are found; null where it is none.",
            "cursor": "Its number in the order in which new items are told; null until somebody asks (meeruit tail, export).",
            "stored_at": "When it was given that number.",
        },
    ),
    "sighting": (
        "An item on a page, as it stood there.",
        {
            "item_id": "The item.",
            "page_id": "The page.",
            "position": "Its place on the page, from 1.",
            "section": "The section of the list in which it stood.",
            "headline": "The headline as printed there.",
            "dateline": "The dateline as printed there.",
            "place": "The place in that dateline.",
            "agencies": "The agencies in that dateline, a JSON list.",
            "url": "The link as printed there, made whole.",
            "age": "The age as printed there: 18 minuten geleden.",
            "text": "The text as printed there; null where it equals that of the item.",
            "published_after": "What this sighting alone says: published after this time, where the site rounds ages down.",
            "published_before": "What this sighting alone says: published at this time or before, where the site rounds ages down.",
            "published_from": "What that rests on: age, date, datetime.",
            "nearest_after": "published_after where the site rounds ages to the nearest unit; null where that is the same.",
            "nearest_before": "published_before where the site rounds ages to the nearest unit; null where that is the same.",
        },
    ),
    "page": (
        "A capture: one address at one time, read or put into quarantine.",
        {
            "id": "Its number.",
            "address": "Its http or https address, or the path of its file, or FILE:LINE.",
            "address_key": "The number by which addresses are looked up.",
            "source": "The source that it belongs to: what was polled, or --source of an ingest.",
            "run_id": "The run that brought it.",
            "work_id": "The piece of work that it was part of.",
            "observed_at": "When it was captured.",
            "observed_from": "Who says so: http, warc, sidecar, record, option; ingest where nobody does, or what is said is "
            "refused.",
            "capture_key": "SHA-256 of address, body and time of capture: the same capture twice is one row.",
            "body": "The SHA-256 of its body; null where none came, or none was kept.",
            "media_type": "The Content-Type that was declared for it.",
            "url": "Its address on the web, as given or as it states it itself; null where only a path is known.",
            "state": "How it ended: done, or quarantined.",
            "outcome": "What became of it, in words: 3 new, 4 seen; no block found; HTTP 404.",
            "found": "Items found on it: new, seen and rejected together.",
            "new": "Items on it that nobody had seen before.",
            "seen": "Items on it that were known.",
            "rejected": "Items on it that were not kept.",
            "rejects": "How many were rejected for each reason, a JSON object.",
            "remarks": "What was odd about its record or its times, and how often, a JSON object.",
            "lead_headline": "The headline of its article.",
            "lead_dateline": "The dateline of its article.",
            "lead_text": "The text of its article.",
            "lead_hash": "The content_hash that an item of the article's first paragraph has.",
            "etag": "The ETag of the answer.",
            "last_modified": "The Last-Modified of the answer.",
            "encoding": "The encoding in which it was read.",
            "profile": "The language profile that was named for it.",
            "listing": "Whether it was declared a listing.",
            "rounding": "How its ages are rounded, where somebody said so: down, or nearest.",
            "replaced": "Byte sequences that could not be decoded.",
            "reference": "How to read it again, where that may help.",
        },
    ),
    "body": (
        "A distinct raw body, kept once however often it came, so that pages can be read again.",
        {
            "sha256": "The SHA-256 of its bytes.",
            "size": "Its bytes before compression.",
            "media_type": "The Content-Type with which it came first.",
            "content": "Its bytes, compressed with Zstandard; meeruit body gives them back.",
        },
    ),
    "run": (
        "One ingest, one poll of a source, or the links that a poll found.",
        {
            "id": "Its number.",
            "source": "The source that was polled, or --source of an ingest.",
            "target": "What was asked for, in the words of the command.",
            "kind": "What started it: ingest, poll, links.",
            "follows": "The poll whose links these are.",
            "started_at": "When it was started.",
            "holder": "The process that puts its work into the ledger.",
            "enrolled_at": "When all its work stood in the ledger.",
            "finished_at": "When all of it had ended; null while it has not.",
            "settling_until": "Until then one process derives what needs all its pages.",
            **_COUNTS,
            "outcome": "How it ended, in words.",
            "resume_key": "SHA-256 of what the command was asked for, while it has not ended: the same command goes on with it.",
        },
    ),
    "source": (
        "The state of a source; sources.toml says what it is.",
        {
            "name": "Its name.",
            "last_run_at": "When it was polled last.",
            "next_run_at": "When it is polled next.",
            "last_new_at": "When it last showed an item that was new.",
        },
    ),
    "gap": (
        "Two successive captures of one list that share no item: something may have been missed between them.",
        {
            "id": "Its number.",
            "list": "The list: the source, or the host where none is named.",
            "section": "The section of the list; empty where it has no name.",
            "from_at": "The capture before.",
            "to_at": "The capture after.",
        },
    ),
    "listing": (
        "A list as one dated page shows it: what overlap and gaps are measured on.",
        {
            "page_id": "The page.",
            "section": "The section of the list; empty where it has no name.",
            "list": "The source, or the host where none is named.",
            "observed_at": "When the page was captured.",
            "shown": "Items on the list.",
            "shared": "How many of them the capture before showed too; null where there is none before, or it tells nothing new.",
            "pairs": "Neighbours on it that both have a time.",
            "inverted": "Those of them of which the lower one is newer.",
        },
    ),
    "list_state": (
        "How a list prints its items, by what its captures show; without a row: ages rounded down, newest first.",
        {
            "list": "The source, or the host where none is named.",
            "section": "The section of the list.",
            "rounding": "How it rounds ages: down, or nearest.",
            "folded": "How they were rounded when its items were put together last.",
            "heard": "The last item whose rounding was checked; null when all are.",
            "ordered": "Whether its newest items stand first: only then it has overlap and gaps.",
        },
    ),
    "contradiction": (
        "An item whose sightings on a list contradict each other under one rounding of ages and agree under the other.",
        {
            "list": "The source, or the host where none is named.",
            "section": "The section of the list.",
            "item_id": "The item.",
            "agrees": "The rounding under which its sightings agree.",
        },
    ),
    "failure": (
        "What failed with an address since it last succeeded.",
        {
            "id": "Its number, for meeruit retry.",
            "key": "SHA-256 of kind and address.",
            "kind": "What could not be done: fetching, reading, storing.",
            "address": "The address.",
            "source": "The source whose page it was the last time.",
            "first_at": "When it failed first, by the capture time of its page: of a request when it was made, else when it was "
            "ingested where nobody says.",
            "last_at": "When it failed last, by the same time.",
            "count": "How often it failed in a row.",
            "reason": "Why it failed last, in words.",
            "page_id": "The page that failed last.",
            "state": "open; closed, since the address succeeded later; dismissed, by somebody.",
            "closed_at": "When the address succeeded again, by the same time.",
            "dismissed_page": "It was dismissed up to this page.",
        },
    ),
    "work": (
        "A piece of work: the ledger. The message to a worker only says which row to look at.",
        {
            "id": "Its number.",
            "kind": "What it refers to: files, slice, bodies, fetch, scan.",
            "reference": "Where its pages are, a JSON object.",
            "pages": "Pages in it.",
            "run_id": "The run that it is part of.",
            "state": "pending, running, done; split, where its parts carry on.",
            "attempts": "How often it was begun.",
            "holder": "The process that does it, and the message that it acts on.",
            "lease_until": "Until then nobody else begins it.",
            "not_before": "Until then nobody begins it.",
            "sent_at": "When its message was sent last.",
            "last_error": "Why it waits, in words, where it does.",
            "setbacks": "How often in a row it was put back through no fault of its own.",
            "derived": "Whether what needs order across pages was derived for its pages.",
            "failed": "Its pages that ended in quarantine, with the reasons, a JSON list.",
            **_COUNTS,
        },
    ),
    "reading": (
        "How far a run that has not ended has read a file of records.",
        {
            "run_id": "The run.",
            "key": "SHA-256 of the path.",
            "path": "The file.",
            "mark": "Its size and time of change then.",
            "line": "The line or row that was read last.",
            "offset": "Where the next one begins.",
            "complete": "Whether all of it was read.",
        },
    ),
    "noted": (
        "What a source has shown before: a link of its feed, a file of its folder.",
        {
            "key": "SHA-256 of source and address.",
            "source": "The source.",
            "address": "The link, or the path.",
            "mark": "For a file its size and time of change; for a link what became of it.",
        },
    ),
    "validator": (
        "What an address answered last, to ask it whether that has changed.",
        {
            "key": "SHA-256 of the address.",
            "address": "The address.",
            "etag": "The ETag of the answer.",
            "last_modified": "The Last-Modified of the answer.",
            "body": "The SHA-256 of its body.",
            "media_type": "Its Content-Type.",
            "uses": "How often it was asked so since it was last asked for all.",
        },
    ),
    "reader": (
        "Somebody who is told of new items, by a name of their own (meeruit tail --as NAME).",
        {
            "name": "The name; empty in the row that holds the number given last.",
            "cursor": "The number of the item that was told last.",
            "told_at": "When that was.",
        },
    ),
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, (said, columns) in _TABLES.items():
            op.execute(f"COMMENT ON TABLE {table} IS {_quoted(said)}")
            for name, each in columns.items():
                op.execute(f'COMMENT ON COLUMN {table}."{name}" IS {_quoted(each)}')


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, (_, columns) in _TABLES.items():
            op.execute(f"COMMENT ON TABLE {table} IS NULL")
            for name in columns:
                op.execute(f'COMMENT ON COLUMN {table}."{name}" IS NULL')


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''").replace(":", "\\:") + "'"
