"""Every real capture, served in time order to the real command: nothing whole is lost, what is broken is named."""

from __future__ import annotations

from typing import Any

import pytest

from tests.captures import replay

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    from tests.conftest import SHARED

    if not (SHARED / "data" / "feeds").is_dir():
        pytest.skip("the shared data folder is not here (set MONITOR_SHARED)")
    return replay(SHARED / "data" / "feeds", tmp_path_factory.mktemp("captures"))


def test_all_captures_are_polled_without_a_crash(replayed: dict[str, Any]) -> None:
    assert replayed["captures"] == 262
    assert replayed["crashes"] == []


def test_no_whole_entry_is_lost(replayed: dict[str, Any]) -> None:
    assert replayed["entries"] > 9000
    assert replayed["lost"] == []


def test_malformed_feeds_are_named_with_their_reason(replayed: dict[str, Any]) -> None:
    reported = replayed["reported"]
    assert "cut off inside item" in reported["malformed-fox"]
    assert "cut off inside item" in reported["malformed-nzherald"]
    assert "cut off" in reported["malformed-latimes"] or "HTML page" in reported["malformed-latimes"]
    assert {feed for feed, reason in reported.items() if reason.startswith("failing")} <= {
        "malformed-fox",
        "malformed-latimes",
        "malformed-nzherald",
        "series-2020-straittimes",
    }
