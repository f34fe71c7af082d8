"""Whether a story is about armed conflict at all: words of arms against words of sport, trade, weather and the arts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .findings import Finding, PartView
from .lexicon import load
from .values import WEAK_ATOMS


@dataclass(frozen=True, slots=True)
class Topic:
    """Distinct words of arms and of other subjects in title and summary; in the title alone where `title_`."""

    armed: int
    other: int
    title_armed: int
    title_other: int
    others: tuple[str, ...]

    def trust(self, finding: Finding) -> float:
        """The share of a finding's force that stands, given what the story is about."""
        kinds = finding.value.kinds
        weak = kinds[-1] in WEAK_ATOMS
        # A composed reading, or a long entry, is harder to meet by chance in a story about something else.
        sure = len(kinds) > 1 or finding.width > 1
        if weak and not self.armed:
            return 0.55 if sure and not self.other else 0.3
        if self.title_other and not self.title_armed:
            return 0.55 if sure and not weak and self.other <= self.armed + 1 else 0.25
        if self.other > self.armed:
            return 0.8 if sure and not weak else 0.4
        return 1.0


def topic_of(lang: str, parts: Sequence[PartView]) -> Topic:
    """Count the topic words of a text."""
    topics = load(lang).topics
    armed_words, other_words = topics.get("armed", frozenset()), topics.get("other", frozenset())
    armed: dict[str, set[str]] = {}
    other: dict[str, set[str]] = {}
    for view in parts:
        armed[view.part], other[view.part] = set(), set()
        for shapes in view.words[:80]:
            plain = {shape[1:] for shape in shapes if shape.startswith("#")}
            if found := plain & armed_words:
                armed[view.part].add(min(found))
            if found := plain & other_words:
                other[view.part].add(min(found))
    all_armed = armed.get("title", set()) | armed.get("summary", set())
    all_other = other.get("title", set()) | other.get("summary", set())
    return Topic(
        len(all_armed), len(all_other), len(armed.get("title", ())), len(other.get("title", ())),
        tuple(sorted(all_other)),
    )  # fmt: skip
