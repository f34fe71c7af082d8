"""A small made-up quarter, its report and its page, made once for all tests of the pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.pages.data import read_report
from monitor.pages.page import Page, build
from monitor.pages.records import Report
from monitor.store.connect import open_reader
from tests.pages.world import END, make_world, watchlists


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of 400 stories on five watchlists."""
    path = tmp_path_factory.mktemp("pages") / "monitor.db"
    make_world(path, stories=400)
    return path


@pytest.fixture(scope="session")
def report(world: Path) -> Report:
    """What the pages show of it."""
    with open_reader(world) as store:
        return read_report(store, watchlists(), until=END, zone="Asia/Baghdad")


@pytest.fixture(scope="session")
def page(report: Report) -> Page:
    """The page itself."""
    return build(report)
