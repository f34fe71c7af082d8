"""The served report: who is let in, and under which headers."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.pages.access import CREDENTIAL, LET_IN_S, Access, address, fault
from monitor.pages.page import Page
from monitor.pages.records import Report
from monitor.pages.serve import LEAST_AGE_S, Source
from monitor.store.connect import open_store
from monitor.store.labels import add_label
from tests.pages.parts import Parts, hash_of, policy_of
from tests.pages.served import ask, served
from tests.pages.world import END

TOKEN = "a token that nobody guesses"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def open_port(world: Path) -> Iterator[int]:
    with served(world) as port:
        yield port


@pytest.fixture(scope="module")
def guarded_port(world: Path) -> Iterator[int]:
    with served(world, TOKEN) as port:
        yield port


def test_on_loopback_without_a_token_the_page_is_shown(open_port: int) -> None:
    answer = ask(open_port)
    assert answer.status == 200
    policy = policy_of(answer.headers["content-security-policy"])
    parts = Parts(answer.text)
    assert policy["script-src"] == [hash_of(text) for text in parts.scripts()]
    assert policy["style-src"] == [hash_of(text) for text in parts.styles()]
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["connect-src"] == ["'self'"]


def test_every_answer_has_the_careful_headers(open_port: int, guarded_port: int) -> None:
    for answer in (ask(open_port), ask(open_port, path="/none"), ask(guarded_port), ask(open_port, "POST", "/")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "server" not in answer.headers


def test_the_served_report_cannot_be_written_to(open_port: int) -> None:
    assert [ask(open_port, method).status for method in ("POST", "PUT", "DELETE", "PATCH")] == [405] * 4


def test_another_name_for_this_machine_is_refused(open_port: int) -> None:
    assert ask(open_port, Host="rebound.example:80").status == 421
    assert ask(open_port, Host="localhost:1").status == 200


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}"]
)
def test_without_the_token_a_page_asks_for_it(guarded_port: int, given: str) -> None:
    answer = ask(guarded_port, Authorization=given)
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert '<label for="token">' in answer.text
    assert "Harbour League" not in answer.text


def test_the_token_as_bearer_lets_in(guarded_port: int) -> None:
    assert ask(guarded_port, Authorization=f"Bearer {TOKEN}").status == 200
    assert ask(guarded_port, path="/fresh", Authorization=f"bearer {TOKEN}").status == 200
    assert ask(guarded_port, path="/fresh").status == 401


def test_the_form_exchanges_the_token_for_a_cookie(guarded_port: int) -> None:
    answer = ask(guarded_port, "POST", "/login", f"token={TOKEN.replace(' ', '+')}", Content_Type=FORM)
    assert (answer.status, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert TOKEN not in cookie
    assert ask(guarded_port, Cookie=cookie.split(";")[0]).status == 200


@pytest.mark.parametrize("body", ["token=wrong", "token=", "", "other=1", "token=" + "a" * 10_000])
def test_a_wrong_form_is_told_so(guarded_port: int, body: str) -> None:
    answer = ask(guarded_port, "POST", "/login", body, Content_Type=FORM)
    assert answer.status == 401
    assert "That is not the token." in answer.text
    assert "set-cookie" not in answer.headers


def test_the_token_is_in_no_log(
    guarded_port: int, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        ask(guarded_port, Authorization=f"Bearer {TOKEN}")
        ask(guarded_port, "POST", "/login", f"token={TOKEN.replace(' ', '+')}", Content_Type=FORM)
    out = capfd.readouterr()
    assert TOKEN not in caplog.text + out.out + out.err + repr(Access(TOKEN))


def test_a_cookie_ends_and_cannot_be_made_longer() -> None:
    access = Access(TOKEN)
    cookie = access.cookie(1000.0)
    ends, seal = cookie.split(".")
    assert access.allows(None, cookie, 1000.0 + LET_IN_S - 1)
    assert not access.allows(None, cookie, 1000.0 + LET_IN_S)
    assert not access.allows(None, f"{int(ends) + 1}.{seal}", 1000.0)
    assert not Access("another token, as long").allows(None, cookie, 1000.0)


def test_an_empty_token_is_never_given() -> None:
    assert not Access("").is_token("")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("127.0.0.1:8765", ("127.0.0.1", 8765)),
        ("[::1]:80", ("::1", 80)),
        ("8765", ("127.0.0.1", 8765)),
        ("localhost:1", ("localhost", 1)),
    ],
)
def test_an_address_is_read(text: str, wanted: tuple[str, int]) -> None:
    assert address(text) == wanted


@pytest.mark.parametrize("text", ["", "host", "1.2.3.4:", ":x", "1.2.3.4:99999", "::1:80", "a b:1:2"])
def test_what_is_no_address_is_told_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="-> Write 127"):
        address(text)


def test_other_machines_need_a_token_and_a_token_needs_length() -> None:
    assert CREDENTIAL in fault("0.0.0.0", "")
    assert fault("0.0.0.0", TOKEN) == ""
    assert fault("127.0.0.1", "") == fault("::1", "") == fault("localhost", "") == ""
    assert "shorter than" in fault("127.0.0.1", "short")


def test_the_page_is_made_anew_when_there_is_something_new(tmp_path: Path, report: Report) -> None:
    database = tmp_path / "live.db"
    with open_store(database) as store, store.write():
        story = store.run(
            "insert into stories (feed_id, owner, link, lang, title, summary, body, first_seen)"
            " values ('f', 'o', '', 'en', 't', '', '', '2031-01-01T00:00:00Z')"
        )
    now = [1000.0]
    source = Source(database, lambda: report, lambda _, version: Page(version, ""), lambda: now[0])
    first = source.page().html
    assert source.page().html == first
    with open_store(database) as store:
        add_label(store, story, "", "none", "escalation", END + timedelta(days=1))
    assert source.version() != first
    assert source.page().html == first, "not sooner than LEAST_AGE_S"
    now[0] += LEAST_AGE_S
    assert source.page().html == source.version()
