"""What all tests share: the shared data folder, where it exists; and which tests run where.

By default the tests need only Python packages: what needs root or a Debian package (`heavy`), or measures against the
shared data (`shared`), is skipped by name. `.ci/heavy` selects both by `-m`; with `--no-skips` a skip fails.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("MONITOR_SHARED") or Path(__file__).parents[2] / "shared")


@pytest.fixture
def shared() -> Path:
    """The shared data folder; a test that needs it is skipped by name where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the shared data folder is not here (set MONITOR_SHARED)")
    return SHARED


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="a skipped test fails the run (for CI)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what uses the shared data; leave heavy tests to the command that asks for them."""
    reasons = {"heavy": "needs root or Debian packages", "shared": "measures against the shared data"}
    for item in items:
        if "shared" in getattr(item, "fixturenames", ()):
            item.add_marker("shared")
        for mark, reason in reasons.items():
            if item.get_closest_marker(mark) and mark not in (config.option.markexpr or ""):
                item.add_marker(pytest.mark.skip(reason=f"{reason}: run .ci/heavy"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    skipped = len(terminalreporter.stats.get("skipped", []))
    if skipped and config.option.no_skips:
        terminalreporter.write_line(f"{skipped} tests were skipped, and --no-skips forbids it", red=True)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.option.no_skips and exitstatus == 0 and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
