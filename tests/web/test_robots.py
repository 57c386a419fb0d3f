"""RFC 9309, rule by rule, over what protego makes of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meeruit.tasks.web.robots import MAX_BYTES, Robots
from tests.cost import IN_STEP, growth

SITE = "https://example.org"


def allows(robots_txt: str | bytes, path: str = "/a") -> bool:
    body = robots_txt.encode() if isinstance(robots_txt, str) else robots_txt
    return Robots.parse(200, body).allows(SITE + path)


@pytest.mark.parametrize(
    ("agent", "ours"),
    [
        ("meeruit", True),
        ("MeerUit", True),
        ("MEERUIT", True),
        ("meeruit # that is us", True),
        ("  meeruit\t", True),
        ("meeruit/1.0", True),
        ("*", True),
        ("* # everybody", True),
        ("meeruitbot", False),
        ("meeruit-news", False),
        ("meer", False),
        ("m", False),
        ("uit", False),
        ("Googlebot", False),
        ("*bot", False),
        ("", False),
    ],
)
def test_a_group_is_ours_by_its_whole_product_token_or_star(agent: str, ours: bool) -> None:
    """Section 2.2.1: the token is matched case-insensitively; a star stands for all."""
    assert allows(f"User-agent: {agent}\nDisallow: /") is not ours


def test_our_own_group_comes_before_the_one_for_all() -> None:
    assert allows("User-agent: *\nDisallow: /\n\nUser-agent: meeruit\nAllow: /")
    assert not allows("User-agent: meeruit\nDisallow: /\n\nUser-agent: *\nAllow: /")
    assert allows("User-agent: meeruit\nDisallow: /b\n\nUser-agent: *\nDisallow: /")


def test_groups_of_one_robot_are_one_group() -> None:
    """Section 2.2.1: more than one group that matches MUST be combined."""
    text = "User-agent: meeruit\nDisallow: /a\n\nUser-agent: other\nDisallow: /\n\nUser-agent: meeruit\nDisallow: /b"
    assert [allows(text, path) for path in ("/a", "/b", "/c")] == [False, False, True]


def test_a_group_can_name_several_robots() -> None:
    assert not allows("User-agent: other\nUser-agent: meeruit\nUser-agent: third\nDisallow: /")


def test_without_a_group_for_us_everything_is_allowed() -> None:
    assert allows("User-agent: other\nDisallow: /")
    assert allows("")
    assert allows("Disallow: /"), "a rule before any group belongs to nobody"


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        # the longest match decides; equal ones allow (section 2.2.2)
        ("Allow: /a\nDisallow: /", "/a", True),
        ("Disallow: /\nAllow: /a", "/a", True),
        ("Disallow: /a/b\nAllow: /a", "/a/b/c", False),
        ("Allow: /a/b\nDisallow: /a", "/a/b/c", True),
        ("Disallow: /a\nAllow: /a", "/a", True),
        ("Disallow:", "/a", True),
        ("Disallow: /A", "/a", True),
        ("Disallow: /a", "/abc", False),
        ("disallow:/a", "/a", False),
        # special characters (section 2.2.3)
        ("Disallow: /*.php$", "/x/y.php", False),
        ("Disallow: /*.php$", "/x/y.php?z", True),
        ("Disallow: /*.php", "/x/y.php?z", False),
        ("Disallow: /a$", "/a", False),
        ("Disallow: /a$", "/ab", True),
        ("Disallow: /a*b", "/axxb", False),
        ("Disallow: /a # not there", "/a", False),
        # percent-encoding is compared decoded
        ("Disallow: /caf%C3%A9", "/caf%C3%A9", False),
        ("Disallow: /café", "/caf%C3%A9", False),
        ("Disallow: /%7Ejoe", "/~joe", False),
        ("Disallow: /?q=", "/?q=1", False),
        # robots.txt itself is always allowed (section 2.2.2)
        ("Disallow: /", "/robots.txt", True),
        # lines that are no rule are passed over (section 2.2.4)
        ("Sitemap: https://example.org/x\nNonsense\nFoo: bar\nDisallow: /a", "/a", False),
    ],
)
def test_the_most_specific_rule_decides(rules: str, path: str, allowed: bool) -> None:
    assert allows(f"User-agent: *\n{rules}", path) is allowed


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_they_like(end: str) -> None:
    assert not allows(end.join(["User-agent: *", "Disallow: /"]))


def test_only_cr_and_lf_end_a_line() -> None:
    assert allows("User-agent: other\nDisallow: /x\u2028User-agent: *\u2028Disallow: /a")


def test_a_byte_order_mark_does_not_hide_the_first_group() -> None:
    """Protego alone takes the first line for nothing, and allows everything."""
    assert not allows(b"\xef\xbb\xbfUser-agent: *\nDisallow: /")


@pytest.mark.parametrize("status", [200, 201, 206, 299])
def test_rules_of_any_success_are_read(status: int) -> None:
    assert not Robots.parse(status, b"User-agent: *\nDisallow: /").allows(f"{SITE}/a")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 451, 499])
def test_an_unavailable_robots_txt_allows_everything(status: int) -> None:
    robots = Robots.parse(status, b"User-agent: *\nDisallow: /")
    assert robots.allows(f"{SITE}/a")
    assert robots.unreachable is None


@pytest.mark.parametrize("status", [429, 500, 502, 503, 599, 304, 302, 101, 600])
def test_an_unreachable_robots_txt_allows_nothing(status: int) -> None:
    robots = Robots.parse(status)
    assert not robots.allows(f"{SITE}/a")
    assert robots.unreachable == f"HTTP {status}"


def test_a_page_in_place_of_robots_txt_allows_everything() -> None:
    assert allows("<!doctype html><title>Not found</title><p>Disallow: / is what we would say</p>")


def test_500_kib_are_read_and_half_a_rule_is_none() -> None:
    head = b"User-agent: *\n"
    filler = b"# " + b"x" * 97 + b"\n"
    within = head + filler * 5110 + b"Disallow: /a\n"
    assert 500 * 1024 - 1000 < len(within) < MAX_BYTES
    assert not allows(within)
    rule = b"Disallow: /aaaa-and-more\n"
    across = head + b"#" * (MAX_BYTES - len(head) - len("\nDisallow: /a")) + b"\n" + rule
    assert len(across) > MAX_BYTES
    assert allows(across, "/ab"), "Disallow: /a is not what it says"


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("10", 10.0),
        ("0.5", 0.5),
        ("1e9", 60.0),
        ("61", 60.0),
        ("inf", 0.0),
        ("nan", 0.0),
        ("-5", 0.0),
        ("", 0.0),
        ("soon", 0.0),
        ("1" * 500, 0.0),
    ],
)
def test_a_crawl_delay_is_held_within_a_minute_and_garbage_ignored(said: str, seconds: float) -> None:
    assert Robots.parse(200, f"User-agent: *\nCrawl-delay: {said}".encode()).delay == seconds


def test_the_crawl_delay_of_somebody_else_is_not_ours() -> None:
    assert Robots.parse(200, b"User-agent: other\nCrawl-delay: 9").delay == 0
    assert Robots.parse(404).delay == 0
    assert Robots.parse(503).delay == 0


@pytest.mark.parametrize(
    "body",
    [
        lambda n: (
            b"".join(b"user-agent: a%d\n" % i for i in range(n * 15))
            + b"".join(b"disallow: /%d\n" % i for i in range(n * 18))
        ),
        lambda n: b"user-agent: *\n" + b"disallow: /*a*a*a*a*a*b\n" * (n * 20),
        lambda n: b"user-agent: *\ndisallow: /" + b"*a" * (n * 250),
        lambda n: b"user-agent: *\ndisallow: /" + b"$" * (n * 500),
        lambda n: b"user-agent:" + b" " * (n * 500),
    ],
    ids=["many robots above many rules", "many wildcards", "one long wildcard", "dollars", "spaces"],
)
def test_what_a_robots_txt_costs_grows_in_step_with_its_length(body: Callable[[int], bytes]) -> None:
    def judge(rules: bytes) -> None:
        Robots.parse(200, rules).allows(f"{SITE}/{'a' * 7000}")

    assert growth(body, judge, 125) < IN_STEP


@given(st.binary(max_size=200), st.integers(100, 999))
def test_any_answer_is_some_judgement(body: bytes, status: int) -> None:
    robots = Robots.parse(status, body)
    assert robots.allows(f"{SITE}/a") in {True, False}
    assert 0 <= robots.delay <= 60
