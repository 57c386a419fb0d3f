"""The stack as its users run it, from the first start to the last backup; each test goes on from the one before.

make test-compose
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from tests.compose.compare import camera
from tests.compose.site import PATH
from tests.compose.stack import ROOT, SITE_PORT, Stack, until
from tests.newswire.write import write_lines

SERVICES = ("redis", "postgres", "worker", "beat", "web")
CAPTURES = 20_000


def test_it_refuses_to_start_without_passwords(stack: Stack) -> None:
    mine = (stack.folder / ".env").read_text()
    without = re.sub(r"(_PASSWORD)=.*", r"\1=", (stack.folder / ".env.example").read_text())
    (stack.folder / ".env").write_text(without)
    refused = stack.run("docker", "compose", "config", "--quiet", check=False)
    (stack.folder / ".env").write_text(mine)
    assert refused.returncode != 0
    assert re.search(r"\w+_PASSWORD is missing a value: write a password of your own into \.env", refused.stderr)


def test_the_configuration_is_clean(stack: Stack) -> None:
    done = stack.run("docker", "compose", "config", "--quiet")
    assert (done.stdout, done.stderr) == ("", "")


def test_the_image_holds_no_secret_no_compiler_and_no_test(stack: Stack) -> None:
    (stack.folder / "secret.pem").write_text("a secret that somebody left in the checkout")
    started = time.monotonic()
    stack("build")
    stack.figures.append(f"image built in {time.monotonic() - started:.0f} s (whatever was cached)")
    image = json.loads(stack.run("docker", "image", "inspect", stack.image).stdout)[0]
    assert image["Config"]["User"] == "meeruit"
    assert not [line for line in image["Config"]["Env"] if "PASSWORD" in line or "MEERUIT" in line]
    in_image = ["docker", "run", "--rm", "--user", "0", stack.image, "sh", "-c"]
    found = stack.run(
        *in_image,
        "cd / && find /app /opt /root /home /tmp -type d \\( -name tests -o -name testing -o -name .git \\)"
        " -o -name conftest.py -o -name 'test_*.py' -not -name test_cases.py -o -name '.env*' -o -name '*.pem'"
        " -o -path '*/.cache/*' | grep -v certifi/cacert.pem;"
        " for tool in cc gcc g++ clang make ld as cargo uv; do command -v $tool; done; true",
    ).stdout
    assert found == ""
    assert "pip" not in stack.run(*in_image, "ls /opt/meeruit/bin /opt/meeruit/lib/python3*/site-packages").stdout
    base = json.loads(stack.run("docker", "image", "inspect", "python:3.13-slim").stdout)[0]
    size, ours = image["Size"] / 1e6, (image["Size"] - base["Size"]) / 1e6
    stack.figures.append(f"image {size:.0f} MB, of which ours {ours:.0f} MB, the rest python:3.13-slim")
    assert ours < 150


def test_everything_is_healthy_within_a_minute(stack: Stack) -> None:
    started = time.monotonic()
    stack("up", "--wait", "--quiet-pull")
    took = time.monotonic() - started
    stack.figures.append(f"first start, with an empty database, until all is healthy: {took:.1f} s")
    assert took < 60
    assert [stack.health(service) for service in SERVICES] == ["healthy"] * len(SERVICES)


def test_the_seeds_give_fourteen_items_in_the_command_and_in_psql(stack: Stack) -> None:
    stack.meeruit("ingest", "seeds")
    shown = stack.meeruit("items", "--format", "jsonl").splitlines()
    assert len(shown) == 14
    stored = stack.psql("SELECT content_hash FROM item WHERE section = 'Buitenland'")
    assert {json.loads(line)["content_hash"] for line in shown} == {row[0] for row in stored}


@pytest.mark.parametrize("service", ["worker", "beat", "web"])
def test_our_processes_may_do_next_to_nothing(stack: Stack, service: str) -> None:
    said = stack("exec", "-T", service, "sh", "-c", "id -u; grep -E 'CapEff|CapBnd|NoNewPrivs' /proc/self/status")
    assert set(said.split()) == {"10001", "CapEff:", "CapBnd:", "0000000000000000", "NoNewPrivs:", "1"}
    written = stack.run("docker", "compose", "exec", "-T", service, "touch", "/app/x", "/opt/meeruit/x", check=False)
    assert written.stderr.count("Read-only file system") == 2


@pytest.mark.parametrize("service", SERVICES)
def test_every_container_is_bounded_and_publishes_nothing(stack: Stack, service: str) -> None:
    host = stack.inspect(stack.containers(service)[0])["HostConfig"]
    assert host["ReadonlyRootfs"]
    assert host["Init"]
    assert host["CapDrop"] == ["ALL"]
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert host["Memory"] > 0
    assert host["PidsLimit"] > 0
    assert not host["PortBindings"]
    assert host["RestartPolicy"]["Name"] == "unless-stopped"


def test_only_workers_have_a_way_out(stack: Stack) -> None:
    networks = {
        service: set(stack.inspect(stack.containers(service)[0])["NetworkSettings"]["Networks"]) for service in SERVICES
    }
    inside, outside = f"{stack.project}_inside", f"{stack.project}_outside"
    assert networks == {service: {inside} for service in SERVICES} | {"worker": {inside, outside}}
    stack("exec", "-T", "--detach", "worker", "python", "-m", "http.server", "8001")
    addresses = stack.inspect(stack.containers("worker")[0])["NetworkSettings"]["Networks"]
    connect = "import socket, sys; socket.create_connection((sys.argv[1], 8001), 3)"

    def reached(network: str) -> bool:
        command = ["docker", "compose", "exec", "-T", "beat", "python", "-c", connect]
        return stack.run(*command, addresses[network]["IPAddress"], check=False).returncode == 0

    until(lambda: reached(inside), 10, "beat to reach the worker on their network")
    assert not reached(outside)


def test_nobody_gets_in_without_the_password(stack: Stack) -> None:
    asked = stack("exec", "-T", "redis", "env", "-u", "REDISCLI_AUTH", "redis-cli", "ping", check=False)
    assert "NOAUTH" in asked
    wrong = stack.run(
        "docker", "compose", "exec", "-T", "-e", "PGPASSWORD=wrong", "worker", "meeruit", "items", check=False
    )
    assert wrong.returncode == 2
    assert "password authentication failed" in wrong.stderr
    password = re.findall(r"PASSWORD=(\w+)", (stack.folder / ".env").read_text())
    shown = stack.run("docker", "compose", "logs").stdout + stack.run("docker", "compose", "top").stdout
    assert not [secret for secret in password if secret in shown]


def test_a_source_on_the_network_is_polled_and_its_items_appear(stack: Stack) -> None:
    module = ["python", "-m", "tests.compose.site"]
    tests = f"{ROOT / 'tests'}:/app/tests:ro"
    stack("run", "--detach", "--no-deps", "--name", stack.site, "--volume", tests, "worker", *module)
    address = f"http://{stack.site}:{SITE_PORT}{PATH}"
    source = f'[[source]]\nname = "site"\nurls = ["{address}"]\nevery = "5s"\ndelay = 1\n'
    (stack.folder / "sources" / "sources.toml").write_text(source)

    def seen() -> int:
        return int(stack.psql(f"SELECT count(DISTINCT item_id) FROM sighting JOIN page ON page.id = page_id"
                              f" WHERE address = '{address}'")[0][0])  # fmt: skip

    took = until(lambda: seen() >= 7, 60, "the first items of a source")
    until(lambda: seen() >= 9, 60, "items that the site printed later")
    stack.figures.append(f"items of a new source after {took:.0f} s")
    (stack.folder / "sources" / "sources.toml").unlink()
    stack.run("docker", "rm", "-f", stack.site)
    runs = stack.psql("SELECT outcome FROM run WHERE source = 'site' AND finished_at IS NOT NULL")
    assert ["7 new, 0 seen"] in runs
    assert len(runs) >= 3


@pytest.mark.parametrize("service", ["worker", "beat"])
def test_a_frozen_process_turns_unhealthy_and_no_other_does(stack: Stack, service: str) -> None:
    stack.signal_main(service, "STOP")
    took = until(lambda: stack.health(service) == "unhealthy", 120, f"a frozen {service} to turn unhealthy")
    others = [stack.health(other) for other in SERVICES if other != service]
    stack.signal_main(service, "CONT")
    stack.figures.append(f"a frozen {service} was unhealthy after {took:.0f} s")
    assert others == ["healthy"] * (len(SERVICES) - 1)
    until(lambda: stack.health(service) == "healthy", 60, f"{service} to recover")


@pytest.mark.timeout(900)
def test_tables_equal_the_truth_whatever_dies(stack: Stack, tmp_path: Path) -> None:
    made = camera(CAPTURES)
    write_lines(map(made.capture, made.numbers()), tmp_path / "pages.jsonl")
    stack.psql("TRUNCATE item, sighting, page, body, work, source, validator, run, gap CASCADE")
    stack("up", "--wait", "--scale", "worker=3")
    started = time.monotonic()

    def pieces(state: str) -> int:
        return int(stack.psql(f"SELECT count(*) FROM work WHERE state = '{state}'", check=False)[0][0])

    def progress(what: str) -> None:
        done = pieces("done")
        took = until(lambda: pieces("done") > done + 8, 60, f"work to go on after {what}")  # more than is under way
        stack.figures.append(f"  {time.monotonic() - started:5.1f} s: {what}; work went on within {took:.1f} s")

    with (tmp_path / "pages.jsonl").open() as pages:
        command = ("run", "--rm", "-T", "--no-deps", "worker", "meeruit", "ingest", "-")
        ingest = stack.start(*command, stdin=pages)
    stack.figures.append(f"{CAPTURES:,} captures, three workers of two processes:")
    until(lambda: pieces("done") > 2, 60, "the first pieces")
    victim = stack.containers("worker")[1]
    stack.run("docker", "kill", "--signal", "KILL", victim)
    progress("a worker was killed")
    stack("restart", "redis")
    progress("redis was restarted")
    stack("restart", "postgres")
    progress("postgres was restarted")
    assert ingest.poll() is None, f"ingest gave up: {ingest.communicate()}"
    others = stack.containers("worker")
    stack("stop", "worker")
    assert [stack.inspect(worker)["State"]["ExitCode"] for worker in others] == [0, 0]
    left = pieces("pending")
    assert 0 < pieces("running") <= 2, "only what the killed worker held is still held"
    out, err = ingest.communicate(timeout=30)
    assert ingest.returncode == 1, out + err
    assert "no worker answers on the broker; the work is enrolled" in err
    stack("start", "worker")
    progress(f"the workers were stopped, with {left} of 100 pieces left, and started")
    until(lambda: pieces("pending") + pieces("running") == 0, 400, "the rest, and what the killed worker held")
    until(lambda: stack.psql("SELECT 1 FROM run WHERE finished_at IS NULL") == [], 60, "the run to be finished")
    assert pieces("split") >= 1, "the worker was not killed in the middle of its work"
    stack.figures.append(f"  {time.monotonic() - started:5.1f} s: all done, the killed worker's lease (150 s) included")
    (counts,) = stack.psql("SELECT pages_new + pages_known, pages_done, pages_failed FROM run")
    assert counts == [str(CAPTURES), str(CAPTURES), "0"]
    assert "database system was not properly shut down" not in stack("logs", "postgres")
    _compare(stack)


def _compare(stack: Stack) -> None:
    tests = f"{ROOT / 'tests'}:/app/tests:ro"
    compare = ["python", "-m", "tests.compose.compare", str(CAPTURES)]
    done = stack.run("docker", "compose", "run", "--rm", "-T", "--no-deps", "--volume", tests, "worker", *compare)
    stack.figures.append("  " + done.stdout.strip())


def _blocks(language: str, heading: str) -> list[str]:
    """The code blocks of one language below a heading of the guide."""
    text = (ROOT / "docs" / "operations.md").read_text()
    section = re.split(r"^## ", text.split(f"\n## {heading}\n", 1)[1], maxsplit=1, flags=re.M)[0]
    return re.findall(rf"^```{language}\n(.*?)^```", section, flags=re.M | re.S)


def test_the_queries_of_the_guide_answer(stack: Stack) -> None:
    queries = _blocks("sql", "Reading the tables")
    assert len(queries) >= 5
    for query in queries:
        assert stack.psql(query), query


def test_a_backup_restores_what_was_there(stack: Stack) -> None:
    backup, restore = _blocks("sh", "Backup and restore")
    before = stack.psql("SELECT count(*), min(content_hash), max(last_seen_at) FROM item")
    stack.run("sh", "-euc", backup)
    stack.psql("DELETE FROM sighting")
    started = time.monotonic()
    stack.run("sh", "-euc", restore)
    assert stack.psql("SELECT count(*), min(content_hash), max(last_seen_at) FROM item") == before
    stack.figures.append(f"backup of {CAPTURES:,} captures restored, all healthy: {time.monotonic() - started:.0f} s")
    _compare(stack)


def test_data_survive_down_and_up(stack: Stack) -> None:
    before = stack.psql("SELECT count(*) FROM sighting")
    stack("down")
    started = time.monotonic()
    stack("up", "--wait")
    stack.figures.append(f"start with data, until all is healthy: {time.monotonic() - started:.1f} s")
    assert stack.psql("SELECT count(*) FROM sighting") == before
