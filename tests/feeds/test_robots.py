"""robots.txt as RFC 9309 reads it."""

from __future__ import annotations

import time

from monitor.feeds.robots import read_robots

SITE = "https://paper.example"


def test_the_longest_pattern_decides_and_allow_wins_a_tie() -> None:
    rules = read_robots(b"User-agent: *\nDisallow: /\nAllow: /news/\nDisallow: /news/private\nAllow: /news/private\n")
    assert not rules.allows(f"{SITE}/archive")
    assert rules.allows(f"{SITE}/news/today")
    assert rules.allows(f"{SITE}/news/private")


def test_a_star_stands_for_anything_and_a_dollar_for_the_end() -> None:
    rules = read_robots(b"user-agent: *\ndisallow: /*.pdf$\ndisallow: /*?print=\n")
    assert not rules.allows(f"{SITE}/a/b.pdf")
    assert rules.allows(f"{SITE}/a/b.pdfx")
    assert not rules.allows(f"{SITE}/story?print=1")
    assert rules.allows(f"{SITE}/story")


def test_our_own_group_counts_instead_of_everyones() -> None:
    text = b"User-agent: *\nDisallow: /\n\nUser-agent: other\nUser-agent: Monitor/1.0\nDisallow: /x\n"
    assert read_robots(text).allows(f"{SITE}/news")
    assert not read_robots(text).allows(f"{SITE}/x/1")
    assert not read_robots(b"User-agent: *\nDisallow: /\nUser-agent: other\nAllow: /\n").allows(f"{SITE}/news")


def test_an_empty_or_strange_file_forbids_nothing() -> None:
    for body in (b"", b"<html>not found</html>", b"User-agent: *\nDisallow:\n", b"Disallow: /\n", b"\xff\xfe\x00"):
        assert read_robots(body).allows(f"{SITE}/news")


def test_escaped_and_plain_notations_of_a_path_are_the_same() -> None:
    rules = read_robots("User-agent: *\nDisallow: /أخبار\n".encode())
    assert not rules.allows(f"{SITE}/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1/1")
    assert not rules.allows(f"{SITE}/أخبار/1")


def test_a_hostile_file_costs_little() -> None:
    body = b"User-agent: *\n" + b"Disallow: /" + b"*a" * 900 + b"$\n"
    rules = read_robots(body * 300)
    began = time.process_time()
    rules.allows(f"{SITE}/" + "a" * 4000)
    assert time.process_time() - began < 2
