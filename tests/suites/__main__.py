"""`python -m tests.suites [FOLDER] [--json]`: agreement with other parsers' suites, field by field, and each disagreement.

FOLDER holds feed-rs.tar.gz, fastfeedparser.tar.gz and defusedxml.tar.gz (default: the shared data). Exit code 1 if a
disagreement has no explanation.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from monitor.feeds.parse import parse
from monitor.feeds.records import Entry
from monitor.stories.text import MAX_SUMMARY, clean
from tests.conftest import SHARED
from tests.suites.expected import FIELDS, Case, cases

BASE = "https://suite.example/feed.xml"


@dataclass
class Report:
    """Agreements by (suite, field); disagreements as (suite, file, entry, field, ours, theirs, explanation)."""

    agreed: Counter[tuple[str, str]] = field(default_factory=Counter)
    compared: Counter[tuple[str, str]] = field(default_factory=Counter)
    differing: list[tuple[str, str, int, str, Any, Any, str]] = field(default_factory=list)
    attacks: dict[str, str] = field(default_factory=dict)

    @property
    def unexplained(self) -> list[tuple[str, str, int, str, Any, Any, str]]:
        """The disagreements that nobody has explained yet."""
        return [row for row in self.differing if not row[-1]]


def compare(folder: Path) -> Report:
    """All suites in `folder`."""
    report = Report()
    for case in cases(folder):
        parsed = parse(case.body, None, BASE)
        if case.entries is None:
            harmless = "root:" not in repr(parsed) and len(repr(parsed)) < 20_000
            report.attacks[case.name] = parsed.problems[-1] if harmless and parsed.problems else "FAILED"
            continue
        _compare_entries(report, case, parsed.entries, parsed.dropped)
    return report


def _compare_entries(report: Report, case: Case, ours: tuple[Entry, ...], dropped: int) -> None:
    theirs = case.entries or []
    report.compared[case.suite, "entries"] += 1
    if len(ours) == len(theirs):
        report.agreed[case.suite, "entries"] += 1
    else:
        why = "the body is cut off; its broken last item is dropped" if len(ours) + dropped == len(theirs) else ""
        report.differing.append((case.suite, case.name, -1, "entries", len(ours), len(theirs), why))
    for number, (entry, wanted) in enumerate(zip(ours, theirs, strict=False)):
        have = {
            "title": entry.title or None,
            "link": entry.link,
            "id": entry.guid,
            "date": entry.published and entry.published.replace(microsecond=0),
            "summary": entry.summary or clean(entry.body, MAX_SUMMARY) or None,
        }
        for name in FIELDS:
            if (wanted[name] is None and have[name] is None) or (name == "id" and wanted[name] is None):
                continue
            report.compared[case.suite, name] += 1
            if _folded(have[name]) == _folded(wanted[name]):
                report.agreed[case.suite, name] += 1
            else:
                why = next((text for test, text in EXPLANATIONS[name] if test(have[name], wanted[name], entry)), "")
                report.differing.append((case.suite, case.name, number, name, have[name], wanted[name], why))


def _folded(value: Any) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else value


Test = Callable[[Any, Any, Entry], bool]


def _same_address(ours: str | None, theirs: str | None) -> bool:
    if not ours or not theirs:
        return False
    a, b = urlsplit(ours), urlsplit(urljoin(BASE, theirs))
    return (a.netloc.lower(), a.path or "/", a.query) == (b.netloc.lower(), b.path or "/", b.query)


def _begins(ours: str | None, theirs: str) -> bool:
    """Whether an excerpt has the letters with which our text begins, spaces and its own ellipsis aside."""
    head = "".join(theirs.removesuffix("...").split())[:200]
    return bool(ours) and "".join(str(ours).split()).startswith(head)


# field -> [(does it apply, why it is so)]
EXPLANATIONS: dict[str, list[tuple[Test, str]]] = {
    "title": [(lambda o, t, e: t is None and bool(o), "the item has no title; ours is the beginning of its text")],
    "link": [
        (lambda o, t, e: _same_address(o, t), "the same address, relative or in another notation"),
        (lambda o, t, e: t is None and o == e.guid, "the item has no link; its guid is a permalink"),
        (lambda o, t, e: t is None and bool(o), "found by xml:base or a link without rel, which the suite leaves out"),
        (lambda o, t, e: o is None and "http" not in str(t), "what stands there is no address"),
        (lambda o, t, e: str(t) and not str(t).startswith("http"), "what stands there is no address; ours is joined"),
    ],
    "id": [(lambda o, t, e: o is None and t == e.link, "the item has no id; the suite repeats its link")],
    "date": [(lambda o, t, e: t is None and o is not None, "a date the suite's parser cannot read")],
    "summary": [
        (lambda o, t, e: not t and bool(o), "ours is the text or caption that the suite keeps in another field"),
        (lambda o, t, e: not o and not t, "both empty"),
        (lambda o, t, e: str(t).startswith("th {") and _begins(o, str(t)[50:]), "ours leaves out what is in <style>"),
        (lambda o, t, e: str(t).endswith("...") and _begins(o, t), "theirs is an excerpt of its own making"),
        (
            lambda o, t, e: "\ufffd" in str(o) or "ï¿½" in str(t),
            "the body holds broken characters, decoded differently",
        ),
        (lambda o, t, e: _begins(o, str(t)) and _begins(t, str(o)), "another spacing where a tag stood"),
        (lambda o, t, e: bool(t) and _folded(t) in _folded(e.body), "theirs is our body: several texts in one item"),
        (lambda o, t, e: bool(o) and bool(t) and o[:25] == t[:25], "one of several summaries in the item"),
    ],
}


def main() -> int:
    """Prints the report."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--json"]
    report = compare(Path(arguments[0]) if arguments else SHARED / "data" / "suites")
    if "--json" in sys.argv:
        fields = {f"{suite}.{name}": [report.agreed[suite, name], n] for (suite, name), n in report.compared.items()}
        print(
            json.dumps(
                {"agreed": fields, "differing": len(report.differing), "unexplained": report.unexplained}, default=str
            )
        )
    else:
        for (suite, name), n in sorted(report.compared.items()):
            print(f"{suite:16} {name:8} {report.agreed[suite, name]:4} of {n:4} agree")
        for suite, file, number, name, ours, theirs, why in report.differing:
            print(f"\n{suite} {file}, entry {number}, {name}: {why or 'NOT EXPLAINED'}")
            print(f"  ours   {str(ours)[:100]!r}\n  theirs {str(theirs)[:100]!r}")
        for file, reason in sorted(report.attacks.items()):
            print(f"defusedxml {file}: {reason}")
    return 1 if report.unexplained or "FAILED" in report.attacks.values() else 0


if __name__ == "__main__":
    sys.exit(main())
