"""`python -m tests.suites [FOLDER] [--json]`: agreement with other parsers' suites, field by field, and each disagreement.

FOLDER holds feed-rs.tar.gz, fastfeedparser.tar.gz and defusedxml.tar.gz (default: the shared data). feedparser's own
tests (ill-formed, encodings, well-formed, dates) travel in its source distribution, which pip fetches into a temporary
folder (or finds in FOLDER); where it cannot, they are skipped, and that is said. Exit code 1 if a disagreement has no
explanation.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from monitor.feeds.parse import parse
from monitor.feeds.records import Entry
from monitor.stories.text import MAX_SUMMARY, clean
from tests.conftest import SHARED
from tests.suites.expected import BASE, FIELDS, Case, cases
from tests.suites.feedparser_own import feedparser_cases


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


_TWO_DIGITS = (
    "a year of two digits, or none: which number is what is a guess, and the date of a story is better unknown"
)
_IDS = "an id is kept as it stands: joined to an address it would change when the feed moves"
_INSIDE = "what is inside an <iframe> is not text"
# Single disagreements: (the case, its explanation).
SINGLE = {
    "encoding/x80_cp875.xml": "EBCDIC, which no feed is written in",
    "date '2004-július-13T9:15-05:00'": "Hungarian month names are not in our table",
    "date '-0312'": _TWO_DIGITS,
    "date '031231'": _TWO_DIGITS,
    "date '-03-12'": _TWO_DIGITS,
    "date '03335'": _TWO_DIGITS,
    "date 'Thu, 01 Jan 0100 00:00:01 +0100'": "a date before 1990 is no date of news",
    "wellformed/base/http_entry_id_base_content_location.xml": _IDS,
    "wellformed/base/http_entry_id_base_docuri.xml": _IDS,
    "wellformed/cdf/channel_title.xml": "a CDF channel without items, a form given up in 1999",
    "wellformed/sanitize/entry_content_iframe.xml": _INSIDE,
    "wellformed/sanitize/entry_summary_iframe.xml": _INSIDE,
    "wellformed/sanitize/item_content_encoded_script_nested_cdata.xml": "CDATA in CDATA: both are scraps",
    "wellformed/sanitize/xml_unclosed_comment.xml": "what only begins like a comment is kept, for words may follow",
}


def compare(folder: Path, *, own: bool = False, kept: Path | None = None) -> Report:
    """All suites in `folder`; with `own` also feedparser's, whose source distribution may be `kept` in a folder."""
    report = Report()
    for case in chain(cases(folder) if folder.is_dir() else (), feedparser_cases(kept) if own else ()):
        parsed = parse(case.body, case.content_type, case.url)
        if case.entries is None:
            harmless = "root:" not in repr(parsed) and len(repr(parsed)) < 20_000
            report.attacks[case.name] = parsed.problems[-1] if harmless and parsed.problems else "FAILED"
            continue
        if case.feed_title is not None:
            _note(report, case, -1, "feed title", parsed.title, case.feed_title, None)
        _compare_entries(report, case, parsed.entries, parsed.dropped)
    return report


def _note(report: Report, case: Case, number: int, name: str, ours: Any, theirs: Any, entry: Entry | None) -> None:
    """One comparison, into the report."""
    report.compared[case.suite, name] += 1
    if _folded(ours) == _folded(theirs):
        report.agreed[case.suite, name] += 1
        return
    why = next((text for test, text in EXPLANATIONS.get(name, ()) if entry and test(ours, theirs, entry)), "")
    why = why or SINGLE.get(case.name, "")
    report.differing.append((case.suite, case.name, number, name, ours, theirs, why))


def _compare_entries(report: Report, case: Case, ours: tuple[Entry, ...], dropped: int) -> None:
    theirs = case.entries or []
    if case.whole:
        report.compared[case.suite, "entries"] += 1
        if len(ours) == len(theirs):
            report.agreed[case.suite, "entries"] += 1
        else:
            why = "the body is cut off; its broken last item is dropped" if len(ours) + dropped == len(theirs) else ""
            report.differing.append((case.suite, case.name, -1, "entries", len(ours), len(theirs), why))
    elif len(ours) < len(theirs) and any(value for entry in theirs[len(ours) :] for value in entry.values()):
        why = "an item with neither title, text nor link is no story" if len(ours) + dropped >= len(theirs) else ""
        report.differing.append((case.suite, case.name, -1, "entries", len(ours), len(theirs), why))
    for number, (entry, wanted) in enumerate(zip(ours, theirs, strict=False)):
        have = {
            "title": entry.title or None,
            "link": entry.link,
            "id": entry.guid,
            "date": entry.published and entry.published.replace(microsecond=0),
            "updated": (entry.updated or entry.published) and (entry.updated or entry.published).replace(microsecond=0),
            "created": entry.published and entry.published.replace(microsecond=0),
            "summary": entry.summary or clean(entry.body, MAX_SUMMARY) or None,
            "content": entry.body or entry.summary or None,
        }
        for name in (each for each in FIELDS if each in wanted):
            if (wanted[name] is None and have[name] is None) or (name == "id" and wanted[name] is None):
                continue
            _note(report, case, number, name, have[name], wanted[name], entry)


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
    folder = Path(arguments[0]) if arguments else SHARED / "data" / "suites"
    report = compare(folder, own=True, kept=folder if list(folder.glob("feedparser-*.tar.gz")) else None)
    if not any(suite == "feedparser" for suite, _ in report.compared):
        print("feedparser: skipped, its source distribution cannot be fetched here", file=sys.stderr)
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
