"""The page as a file: what is in it, and that nothing but what is in it can run."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config import bare_settings
from monitor.pages import page as pages
from monitor.pages.compact import pack
from monitor.pages.data import last_moment, read_report
from monitor.pages.make import Wanted, write_report
from monitor.pages.page import Page, build
from monitor.pages.records import Report
from monitor.store.connect import DatabaseError, open_reader, open_store
from monitor.watchlists import Watchlist
from tests.pages import hostile
from tests.pages.parts import Parts, hash_of, network, policy_of
from tests.pages.world import END, watchlists


def meta_policy(page: Page) -> dict[str, list[str]]:
    found = next(a for tag, a in Parts(page.html).elements if a.get("http-equiv") == "Content-Security-Policy")
    return policy_of(found["content"] or "")


def test_the_policy_allows_exactly_the_scripts_and_styles_of_the_page(page: Page) -> None:
    parts, policy = Parts(page.html), meta_policy(page)
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == [hash_of(text) for text in parts.scripts()]
    assert policy["style-src"] == [hash_of(text) for text in parts.styles()]


def test_the_policy_lets_nothing_else_in(page: Page) -> None:
    policy = meta_policy(page)
    assert policy["connect-src"] == policy["base-uri"] == policy["form-action"] == ["'none'"]
    assert policy["require-trusted-types-for"] == ["'script'"]
    assert "unsafe" not in page.policy


def test_a_page_has_no_inline_handler_and_no_style_attribute(page: Page) -> None:
    assert not [
        a for _, attributes in Parts(page.html).elements for a in attributes if a.startswith("on") or a == "style"
    ]


def test_a_page_fetches_nothing(page: Page) -> None:
    assert [found for found in network(page.html) if not found.startswith('<link rel="icon" href="data:')] == []


def test_the_library_is_fit_for_the_policy() -> None:
    library = pages._asset("uplot.min.js")
    assert "innerHTML" not in library
    assert "</script" not in library
    assert "v1.6.32" in library


def test_without_script_the_overview_names_every_watchlist(page: Page, report: Report) -> None:
    text = Parts(page.html).text
    assert all(watchlist.name in text for watchlist in report.watchlists)


def test_every_event_is_in_the_data_with_its_evidence_in_place(page: Page, report: Report) -> None:
    parts = Parts(page.html)
    stories = parts.block("stories")
    for number, watchlist in enumerate(report.watchlists):
        events = parts.block(f"w{number}")["events"]
        assert len(events["t"]) == len(watchlist.events)
        for place, event in enumerate(watchlist.events):
            if event.direction != "none":
                start, end = events["m"][place]
                lead = report.stories[event.lead]
                reading = next(r for _, r in lead.readings if r.watchlist == watchlist.id)
                assert reading.evidence is not None
                assert stories["h"][events["lead"][place]][start:end] == reading.evidence.text


def test_an_empty_database_makes_a_page(tmp_path: Path) -> None:
    open_store(tmp_path / "empty.db").close()
    with open_reader(tmp_path / "empty.db") as store:
        assert last_moment(store) is None
        page = build(read_report(store, watchlists()))
    assert "Nothing to show yet" in page.html


def test_a_page_without_watchlists_says_what_to_do(tmp_path: Path) -> None:
    open_store(tmp_path / "empty.db").close()
    with open_reader(tmp_path / "empty.db") as store:
        assert "monitor check" in build(read_report(store, [])).html


def test_a_watchlist_that_the_database_does_not_know_is_shown_empty(world: Path) -> None:
    new = Watchlist(id="brand-new", name="Brand New", names=("Brand New",))  # type: ignore[arg-type]
    with open_reader(world) as store:
        report = read_report(store, [*watchlists(), new], until=END)
    assert report.watchlists[-1].events == ()
    assert "Brand New" in build(report).html


def test_a_missing_database_is_an_error_that_says_so(tmp_path: Path) -> None:
    wanted = Wanted(bare_settings([], tmp_path / "none.db", "model"), 90, None)
    with pytest.raises(DatabaseError, match="no such database yet"):
        write_report(wanted, tmp_path / "r.html")
    assert not (tmp_path / "r.html").exists()


def test_out_may_be_a_file_or_a_folder(world: Path, tmp_path: Path) -> None:
    wanted = Wanted(bare_settings(watchlists(), world, "model"), 30, END)
    file, size = write_report(wanted, tmp_path / "new" / "today.html")
    assert file.stat().st_size == size
    assert write_report(wanted, tmp_path / "there")[0] == tmp_path / "there" / "report.html"
    assert [each.name for each in file.parent.iterdir()] == ["today.html"]


def test_the_same_database_makes_the_same_data(report: Report) -> None:
    assert pack(report) == pack(report)


def test_texts_are_left_out_oldest_first_where_the_file_would_grow_too_large(report: Report) -> None:
    whole = pack(report)
    tight = pack(report, sum(map(len, whole.blocks.values())) - 1)
    assert whole.texts_left_out == 0
    assert 0 < tight.texts_left_out < len(report.stories)
    assert sum(map(len, tight.blocks.values())) < sum(map(len, whole.blocks.values()))
    assert (
        f"{tight.texts_left_out} older stories"
        in build(report, most_bytes=sum(map(len, whole.blocks.values())) - 1).html
    )


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    path = tmp_path_factory.mktemp("hostile") / "hostile.db"
    hostile.make_hostile(path)
    with open_reader(path) as store:
        return build(read_report(store, [hostile.LIST], until=END))


def test_hostile_titles_add_no_element(hostile_page: Page, page: Page) -> None:
    tags = {tag for tag, _ in Parts(hostile_page.html).elements}
    assert tags <= {tag for tag, _ in Parts(page.html).elements}
    assert len(Parts(hostile_page.html).scripts()) == 2


def test_hostile_text_is_shown_without_overrides(hostile_page: Page) -> None:
    assert "\u202e" not in hostile_page.html
    assert "\u2028" not in hostile_page.html


def test_only_web_links_are_kept(hostile_page: Page) -> None:
    links = {story.get("u", "") for story in Parts(hostile_page.html).block("s0")}
    assert links == {"", "https://good.example/a?b=1&c=2", "https://good.example/x", "HTTPS://good.example/ok"}


def test_a_template_in_a_title_is_not_run(hostile_page: Page) -> None:
    assert "{{ 7 * 7 }}" in Parts(hostile_page.html).block("stories")["h"][2]
