"""How far we agree with other parsers' suites."""

from __future__ import annotations

from pathlib import Path

from tests.suites.__main__ import compare


def test_every_disagreement_with_other_parsers_is_explained(shared: Path) -> None:
    report = compare(shared / "data" / "suites")
    assert report.unexplained == []
    assert "FAILED" not in report.attacks.values()
    agreed, compared = sum(report.agreed.values()), sum(report.compared.values())
    assert compared > 1300
    # Of 1,360 values 1,281 agree; 56 of the others are summaries that a suite shortens in its own way.
    assert agreed >= 1281
