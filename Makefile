# make run    set up, ingest the seeds, show the stored items
# make test   set up, run the tests
# make demo   a made-up newswire day, ingested and shown; kept in demo/, with a page to look at it
# make check  lint, format, types, tests: what a change must pass
# make lint   the same without the tests
# make test-servers  the polling of live sites on PostgreSQL and a Redis-protocol server, five minutes
# make test-compose  the stack of docker-compose.yml on a real Docker engine, about eight minutes
# make accuracy  precision and recall on the golden pages, false items on the ordinary ones; the scores on real pages, where there are some
# make bench  the product beside what one would write instead, ten minutes; make bench-quick: a first look, two minutes
# make bench-extract  how fast pages are extracted, beside a bare parse of them
# make bench-start  what it costs to start a command, beside a bare import of typer
# make bench-lateness-compose  the same five minutes on the stack of docker compose, with three workers
# make bench-growth  an ingest and listings on a million items and ten million sightings, beside empty tables, half an hour
# make bench-page  how soon each view of the page begins to answer, beside a bare hello of its framework
# make bench-readers  what fifty people who look at the page cost an ingest that goes on meanwhile, four minutes
# make fuzz   ten minutes of pages that nobody would write, held to their limits
# make faults  the chaos suite: whatever dies, nothing is lost; FAULT_SEED=N replays a run
# make faults-long  a hundred thousand captures on PostgreSQL, and a fault every three seconds
# make bench-lateness  how late polls are while everything else goes on, five minutes; HOSTS=1000: of so many hosts, ten minutes
# make setup  .venv with what runs; make setup-dev with what checks and tests it, too
# make lock   write the lock files anew
# make clean  remove .venv and the database

.DEFAULT_GOAL := run
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
unexport PYTHONDONTWRITEBYTECODE # else each of the many processes of the tests compiles every module anew

.PHONY: run test test-servers demo test-compose check lint accuracy bench bench-quick bench-extract bench-start bench-lateness bench-lateness-compose bench-growth bench-page bench-readers fuzz faults faults-long lock clean setup setup-dev

run: .venv/run.done
	$(BIN)/meeruit ingest seeds
	$(BIN)/meeruit items

test: .venv/dev.done
	$(BIN)/python -m pytest -n auto

test-servers: .venv/dev.done
	$(BIN)/python -m pytest tests/live/test_polling.py tests/web --servers

test-compose: .venv/dev.done
	$(BIN)/python -m pytest tests/compose -m compose --exitfirst --verbose

check: lint test

lint: .venv/dev.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

demo: .venv/run.done
	@$(BIN)/python -m tests.demo

accuracy: .venv/dev.done
	$(BIN)/python -m tests.accuracy

bench-extract: .venv/dev.done
	$(BIN)/python -m benchmarks.extract

bench: .venv/dev.done
	$(BIN)/python -m benchmarks.compare

bench-quick: .venv/dev.done
	$(BIN)/python -m benchmarks.compare --quick

bench-start: .venv/dev.done
	$(BIN)/python -m benchmarks.start

bench-lateness: .venv/dev.done
	LATENESS_HOSTS=$(or $(HOSTS),0) $(BIN)/python -m benchmarks.lateness

bench-lateness-compose: .venv/dev.done
	$(BIN)/python -m benchmarks.lateness_compose

bench-growth: .venv/dev.done
	$(BIN)/python -m benchmarks.growth
	$(BIN)/python -m benchmarks.growth --postgresql

bench-page: .venv/dev.done
	$(BIN)/python -m benchmarks.page

bench-readers: .venv/dev.done
	$(BIN)/python -m benchmarks.readers
	$(BIN)/python -m benchmarks.readers --postgresql

fuzz: .venv/dev.done
	FUZZ_SECONDS=600 $(BIN)/python -m pytest --timeout 1500 tests/grammar/test_fuzz.py

faults: .venv/dev.done
	FAULT_SEED=$${FAULT_SEED:-$$(date +%s)} $(BIN)/python -m pytest tests/faults -m 'faults or live'

faults-long: .venv/dev.done
	FAULT_CAPTURES=100000 $(BIN)/python -m pytest tests/faults/test_random.py -m faults -s

setup: .venv/run.done

setup-dev: .venv/dev.done

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "meeruit needs Python 3.11 or newer; name one: make PYTHON=python3.13 $(MAKECMDGOALS)" >&2; exit 2; }
	$(PYTHON) -m venv .venv

.venv/run.done: requirements.txt pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --require-hashes -r requirements-build.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.done: requirements-dev.txt .venv/run.done
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@

lock: .venv/bin/python
	$(PYTHON) -m venv .venv/lock && .venv/lock/bin/pip install --quiet uv
	.venv/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock" pyproject.toml -o requirements.txt
	.venv/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock" -c requirements.txt requirements-build.in -o requirements-build.txt
	.venv/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock" -c requirements.txt pyproject.toml --group dev -o requirements-dev.txt

clean:
	rm -rf .venv demo meeruit.db meeruit.db-wal meeruit.db-shm
