"""Full text (`full_text: true`): real pages over HTTP, the real way of a story."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli import main
from monitor.clock import utcnow
from monitor.store.connect import open_store
from tests.alerts.conftest import MailServer
from tests.alerts.conftest import mail_server as mail_server
from tests.site import Site, serve

pytest.importorskip("trafilatura")

LEDE = ("Overnight statement", "Iraqi faction speaks about its plans after the truce.")
OTHER = ("Weather stays mild", "Sun and a light wind are expected.")
PARAGRAPHS = "".join(
    f"<p>{text}</p>"
    for text in (
        "BAGHDAD - Kata'ib Hezbollah vowed on Monday to resume attacks on US bases in Iraq, its spokesman said.",
        "The statement came after weeks of talks about the presence of foreign troops in the country and their mission.",
        "Residents of the capital said that they had heard nothing unusual during the night, and shops opened as always.",
        "The government did not comment at once. Its spokesman is expected to address reporters later in the afternoon.",
    )
)
PAGE = (
    f"<html><head><title>x</title></head><body><article><h1>Overnight</h1>{PARAGRAPHS}</article></body></html>".encode()
)


def feed(*stories: tuple[str, str, str]) -> bytes:
    items = "".join(
        f"<item><title>{t}</title><description>{s}</description><link>{u}</link><guid>{u}</guid></item>"
        for t, s, u in stories
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{items}</channel></rss>'.encode()


def page(body: bytes, status: int = 200, kind: str = "text/html; charset=utf-8", **headers: str) -> Any:
    def answer(handler: Any) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


class Desk:
    """A configuration whose one feed asks for full text, and the command line over it."""

    def __init__(self, folder: Path, site: Site, mail: MailServer) -> None:
        self.folder, self.site, self.mail = folder, site, mail
        self.full_text, self.timeout = True, "3s"
        site.pages["feed"] = feed((*OTHER, site.url("weather")))
        site.pages["robots.txt"] = page(b"", 404)

    def run(self, *arguments: str) -> Result:
        config = self.folder / "monitor.yaml"
        config.write_text(
            f"contact: test@example.org\nwatchlists: {Path(__file__).parents[1] / 'watchlists'}\nfeeds:\n"
            f"  - {{id: paper, url: '{self.site.url('feed')}', private: true, full_text: {str(self.full_text).lower()}}}\n"
            f"channels:\n  mail: {self.mail.url()}\nroutes:\n  desk: {{channels: [mail]}}\n"
            f"polling: {{spacing: 0s, timeout: {self.timeout}}}\n",
            encoding="utf-8",
        )
        return CliRunner().invoke(main, ["-c", str(config), *arguments])

    def publish(self, *stories: tuple[str, str, str]) -> Result:
        """A first silent poll, then one at which the stories are new."""
        self.run("poll")
        self.site.pages["feed"] = feed(*stories, (*OTHER, self.site.url("weather")))
        return self.run("poll", "--all")

    def asked(self, name: str) -> int:
        return [path for path, _ in self.site.requests].count(name)

    def story(self) -> Any:
        with open_store(self.folder / "monitor.db") as store:
            return store.row("select s.*, a.state, a.reason from stories s join articles a on a.story_id = s.id")

    def explained(self) -> str:
        return self.run("explain", str(self.story()["id"])).stdout


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, site: Site, mail_server: MailServer) -> Desk:
    return Desk(tmp_path, site, mail_server)


def test_an_article_that_says_more_than_its_lede_raises_the_alert(desk: Desk) -> None:
    desk.site.pages["story"] = page(PAGE)
    done = desk.publish((*LEDE, desk.site.url("story")))
    assert done.exit_code == 0, done.output
    [(_, mail)] = desk.mail.received
    assert "Kata'ib Hezbollah" in mail["Subject"]
    assert "resume attacks" in mail.get_body(("plain",)).get_content()
    assert "text: the article behind the link" in desk.explained()


def test_without_full_text_the_same_story_raises_none_and_its_page_is_not_asked_for(desk: Desk) -> None:
    desk.full_text = False
    desk.site.pages["story"] = page(PAGE)
    desk.publish((*LEDE, desk.site.url("story")))
    assert desk.mail.received == []
    assert desk.asked("story") == desk.asked("robots.txt") == 0


def test_only_stories_that_a_watchlist_touches_or_might_touch_are_fetched_and_each_once(desk: Desk) -> None:
    desk.site.pages["story"] = page(PAGE)
    desk.publish(
        (*LEDE, desk.site.url("story")), ("Football results", "Two all after extra time.", desk.site.url("ball"))
    )
    desk.site.pages["feed"] = feed((LEDE[0] + " made", LEDE[1], desk.site.url("story")))
    desk.run("poll", "--all")
    assert (desk.asked("story"), desk.asked("ball"), desk.asked("weather")) == (1, 0, 0)
    assert "resume attacks" in desk.story()["body"]  # an edited headline keeps the article


def test_an_article_request_carries_the_user_agent_and_no_referrer_or_cookie(desk: Desk) -> None:
    desk.site.pages["story"] = page(PAGE, Set_Cookie="a=b")
    desk.publish((*LEDE, desk.site.url("story")))
    [headers] = [headers for path, headers in desk.site.requests if path == "story"]
    assert "test@example.org" in headers["User-Agent"]
    assert headers["Accept"].startswith("text/html")
    assert not {"Referer", "Cookie", "If-None-Match"} & set(headers)


def test_robots_txt_is_obeyed(desk: Desk) -> None:
    desk.site.pages["story"] = page(PAGE)
    desk.site.pages["robots.txt"] = page(b"User-agent: *\nDisallow: /sto*\n", kind="text/plain")
    desk.publish((*LEDE, desk.site.url("story")))
    assert desk.asked("story") == 0
    assert "robots.txt" in desk.explained()


FAULTS = {
    "missing": (page(b"gone", 404), "404"),
    "refused": (page(b"no", 403), "403"),
    "failing": (page(b"no", 500), "500"),
    "huge": (page(b"<html><p>" + b"word " * 900_000), "too large"),
    "enormous": (page(b"<html><p>" + b"word " * 2_300_000), "larger than 10 MB"),
    "picture": (page(b"GIF89a", kind="image/gif"), "not a page"),
    "no-article": (page(b"<html><body>Please accept cookies.</body></html>"), "no article text"),
    "metadata-service": (page(b"", 302, Location="http://169.254.169.254/latest/"), "no feed may reach"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_an_article_that_cannot_be_had_costs_the_story_nothing(desk: Desk, name: str) -> None:
    answer, word = FAULTS[name]
    desk.site.pages["story"] = answer
    done = desk.publish(("Kata'ib Hezbollah vows to resume attacks on US bases", "It said so.", desk.site.url("story")))
    assert done.exit_code == 0, done.output
    assert len(desk.mail.received) == 1
    assert word in desk.explained()
    [counts] = json.loads(desk.run("status", "--json").stdout)["articles"]
    assert (counts["had"], counts["without"]) == (0, 1)
    assert "full text   paper: 0 articles, 1 not to be had" in desk.run("status").stdout


def test_a_slow_article_does_not_hold_the_alert_beyond_its_time(desk: Desk) -> None:
    def slow(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        for _ in range(200):
            handler.wfile.write(b"<p>")
            handler.wfile.flush()
            time.sleep(0.1)

    desk.site.pages["story"], desk.timeout = slow, "1s"
    began = time.monotonic()
    desk.publish(("Kata'ib Hezbollah vows to resume attacks on US bases", "It said so.", desk.site.url("story")))
    assert time.monotonic() - began < 15
    assert len(desk.mail.received) == 1


def test_a_story_whose_time_to_wait_is_over_is_read_without_its_article(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    monkeypatch.setattr("monitor.pipeline.WAIT", timedelta(seconds=-1))
    desk.site.pages["story"] = page(PAGE)
    desk.publish(("Kata'ib Hezbollah vows to resume attacks on US bases", "It said so.", desk.site.url("story")))
    assert len(desk.mail.received) == 1
    assert desk.asked("story") == 0
    assert "did not come within" in desk.story()["reason"]


def test_a_host_that_says_too_often_is_asked_for_no_further_article_and_its_stories_do_not_wait(desk: Desk) -> None:
    desk.site.pages["story"] = page(b"slow down", 429, Retry_After="7200")
    desk.site.pages["second"] = page(PAGE)
    desk.publish((*LEDE, desk.site.url("story")), ("Faction speaks", LEDE[1], desk.site.url("second")))
    assert desk.asked("story") == 1
    assert desk.asked("second") == 0
    with open_store(desk.folder / "monitor.db") as store:
        [quiet] = store.rows("select * from quiet_hosts")
        assert quiet["until"] > utcnow().isoformat()
        assert not store.rows("select 1 from stories where stage != 'done'")


def test_a_link_of_a_private_feed_leads_to_no_other_private_address(desk: Desk) -> None:
    with serve() as inside:
        inside.pages["admin"] = page(PAGE)
        desk.publish((*LEDE, inside.url("admin")))
        assert inside.requests == []
    assert "not a public address" in desk.explained()


def test_two_feeds_with_one_article_ask_for_it_once(desk: Desk) -> None:
    desk.site.pages["story"] = page(PAGE)
    desk.publish((*LEDE, desk.site.url("story")), ("Faction on plans", LEDE[1], desk.site.url("story") + "#top"))
    assert desk.asked("story") == 1


def test_check_says_when_the_extractor_is_not_installed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.feeds.extractor.find_spec", lambda _: None)
    done = desk.run("check")
    assert done.exit_code == 1
    assert "paper" in done.stderr
    assert "monitor[fulltext]" in done.stderr


def test_the_daemon_fetches_articles_too_and_reads_the_story_when_it_comes(desk: Desk) -> None:
    import asyncio

    from monitor.config import read_settings
    from monitor.daemon import Daemon
    from monitor.store.register import register

    desk.site.pages["story"] = page(PAGE)
    desk.run("poll")
    desk.site.pages["feed"] = feed((*LEDE, desk.site.url("story")))
    settings = read_settings(desk.folder / "monitor.yaml")

    async def run() -> None:
        with open_store(settings.state) as store:
            register(store, settings, utcnow())
            store.run("update feeds set next_poll_at = ?", (utcnow().isoformat(),))
            async with Daemon(settings, store) as daemon:
                for _ in range(150):
                    await daemon.tick()
                    await asyncio.sleep(0.2)
                    if desk.mail.received:
                        return

    asyncio.run(run())
    assert len(desk.mail.received) == 1
    assert threading.active_count() < 50
