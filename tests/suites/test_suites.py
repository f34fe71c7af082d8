"""How far we agree with other parsers' suites."""

from __future__ import annotations

from pathlib import Path

from tests.suites.__main__ import compare
from tests.suites.feedparser_own import read_case


def test_every_disagreement_with_other_parsers_is_explained(shared: Path) -> None:
    report = compare(shared / "data" / "suites")
    assert report.unexplained == []
    assert "FAILED" not in report.attacks.values()
    agreed, compared = sum(report.agreed.values()), sum(report.compared.values())
    assert compared > 1300
    # Of 1,360 values 1,281 agree; 56 of the others are summaries that a suite shortens in its own way.
    assert agreed >= 1281


def test_what_feedparsers_own_tests_expect_is_taken_out_of_their_expressions() -> None:
    document = b"""<!--
Header:      Content-type: text/xml; charset=utf-8
Description: an example
Expect:      not bozo and entries[0]['title'] == 'A' and entries[0].link == 'http://x/1' and feed['title'] == 'F'
-->
<rss><channel><title>F</title><item><title>A</title><link>http://x/1</link></item></channel></rss>"""
    found = read_case("wellformed/rss/example.xml", document)
    assert found is not None
    assert (found.feed_title, found.entries) == ("F", [{"title": "A", "link": "http://x/1"}])
    assert found.content_type == "text/xml; charset=utf-8"
