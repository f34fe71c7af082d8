"""`monitor feeds add | import | export`: what a new user sees, against real sites on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import main
from tests.site import Site, rss, serve

LIST = """# the desk's own list
feeds:
  - id: old   # the oldest
    url: https://old.example/rss
"""


def page(*links: tuple[str, str]) -> bytes:
    named = "".join(f"<link rel='alternate' type='application/rss+xml' title='{t}' href='/{p}'>" for p, t in links)
    return f"<!doctype html><html><head><title>Post</title>{named}</head><body>x</body></html>".encode()


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as running:
        running.pages["news.xml"] = rss(("Kata'ib Hezbollah vows to resume attacks", "It said so."), ("Rain", "Some."))
        running.pages["comments.xml"] = rss(("Re: Rain", "Indeed."))
        yield running


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "monitor.yaml"
    lists = Path(__file__).parents[1] / "watchlists"
    path.write_text(f"contact: desk@example.org\nwatchlists: {lists}\nfeeds:\n  - list.yaml\n", encoding="utf-8")
    (tmp_path / "list.yaml").write_text(LIST, encoding="utf-8")
    return path


def run(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["-c", str(config), "feeds", *arguments])


def test_the_feed_behind_a_site_is_added_and_readers_comments_are_not_asked_about(site: Site, config: Path) -> None:
    site.pages[""] = page(("news.xml", "News"), ("comments.xml", "Comments on Post"))
    done = run(config, "add", site.url(""), "--private")
    assert done.exit_code == 0, done.output
    assert "Kata'ib Hezbollah vows to resume attacks   -> kataib-hezbollah" in done.stdout
    written = config.with_name("list.yaml").read_text(encoding="utf-8")
    assert written.startswith(LIST)
    assert site.url("news.xml") in written
    assert "comments" not in written


def test_several_feeds_are_listed_with_the_command_that_adds_each(site: Site, config: Path) -> None:
    site.pages["second.xml"] = rss(("Elsewhere", "Things."))
    site.pages[""] = page(("news.xml", "News"), ("second.xml", "World"))
    done = run(config, "add", site.url(""), "--private")
    assert done.exit_code == 1
    assert f"monitor feeds add --private {site.url('second.xml')}" in done.stderr
    assert config.with_name("list.yaml").read_text(encoding="utf-8") == LIST


def test_an_address_without_scheme_is_tried_over_http_as_well(site: Site, config: Path) -> None:
    done = run(config, "add", site.url("news.xml").removeprefix("http://"), "--private", "--show")
    assert done.exit_code == 0, done.output
    assert "2 entries" in done.stdout


def test_a_private_address_is_refused_with_the_option_that_allows_it(site: Site, config: Path) -> None:
    done = run(config, "add", site.url("news.xml"))
    assert done.exit_code == 1
    assert "`--private`" in done.stderr
    assert site.requests == []


def test_lists_go_out_to_other_readers_and_come_back(config: Path, tmp_path: Path) -> None:
    exported = run(config, "export").stdout
    assert "https://old.example/rss" in exported
    opml = tmp_path / "other.opml"
    opml.write_text(exported.replace("old.example", "new.example"), encoding="utf-8")
    assert "added" in run(config, "import", str(opml)).stdout
    assert "already there" in run(config, "import", str(opml)).stdout
    assert config.with_name("list.yaml").read_text(encoding="utf-8").startswith(LIST)
