"""Training examples for the encoder: labelled rows -> questions about a story or an actor, with varied surroundings.

Every row gives one question about the story as a whole and one for each labelled actor or watchlist. Variation (names
swapped, parts left out where the deciding clause stays, unrelated or background sentences added) keeps the label.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from monitor.reading.encoder_text import ACTOR, OTHER, Prompt, masked_prompt, sentences
from monitor.reading.records import PARTS, Part, Span, Text

from .labelled import text_of
from .measures import DIRECTIONS

ROLES = ("agent", "target", "speaker", "addressee", "mediator", "mentioned")

# How often a question is varied in each way.
_SWAP_NAMES = 0.3
_MASK_STORY = 0.5
_DROP_PART = 0.2
_ADD_UNRELATED = 0.15
_ADD_BACKGROUND = 0.1

# Words that do not tell one actor from another.
_COMMON = frozenset(
    """
    the a an of and in for army armed forces force group groups party front movement government ministry military
    national islamic people state states united republic general security police commander leader president prime
    minister foreign defence defense iraqi iraq iran iranian syrian syria rebels gang council coalition alliance
    fighters militia militias brigade brigades tribal union new north south east west northern southern eastern
    western liberation democratic revolutionary guard guards envoy spokesman spokesperson troops royal border
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Question:
    """A story read for an actor (`masks` hold ACTOR) or as a whole, with its labels; None where a label is unknown.

    `evidence` and `background` are character ranges of parts.
    """

    id: str
    group: str
    source: str
    text: Text
    masks: tuple[tuple[Span, str], ...]
    ask: bool
    direction: int
    role: int | None = None
    strength: int | None = None
    evidence: tuple[tuple[Part, int, int], ...] | None = None
    background: tuple[tuple[Part, int, int], ...] | None = None

    def prompt(self) -> Prompt:
        """What the encoder is shown."""
        return masked_prompt(self.text, self.masks, self.ask)


@dataclass
class Surroundings:
    """What may be put around a story without changing its label."""

    unrelated: list[str] = field(default_factory=list)
    background: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


def read_rows(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """The English rows of the files, each with its `source` (file stem) and a `group` unique across files."""
    rows = []
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row.get("lang", "en") != "en" or row.get("contested"):
                continue
            row["source"] = path.stem
            row["group"] = f"{path.stem}/{row.get('group') or row.get('event') or row['id']}"
            rows.append(row)
    return rows


def questions(row: dict[str, Any], names: Mapping[str, Sequence[Span]] | None = None) -> list[Question]:
    """The questions of one row. `names` gives the spans of its watchlists, where a matcher found them."""
    text = text_of(row)
    actors: list[dict[str, Any]] = list(row.get("actors") or [])
    spans: dict[str, list[Span]] = {actor["name"]: find_name(actor["name"], text) for actor in actors}
    for name, named in (names or {}).items():
        own = (row.get("per_watchlist") or {}).get(name, row["direction"])
        actors.append(
            {"name": name, "direction": own, "evidence": row["evidence"] if own == row["direction"] else None}
        )
        spans[name] = list(named)
    everyone = tuple((span, OTHER) for held in spans.values() for span in held)
    story = Question(
        id=row["id"],
        group=row["group"],
        source=row["source"],
        text=text,
        masks=everyone,
        ask=False,
        direction=DIRECTIONS.index(row["direction"]),
        strength=_strength(row),
        evidence=_evidence(row, text, row["direction"]),
        background=_ranges(row["background"], text) if row.get("background") else None,
    )
    found = [story]
    for actor in actors:
        own_spans = spans[actor["name"]]
        if not own_spans or not actor.get("direction"):
            continue
        masks = tuple((span, ACTOR) for span in own_spans) + tuple(
            pair for pair in everyone if pair[0] not in own_spans
        )
        direction = DIRECTIONS.index(actor["direction"])
        role = actor.get("role")
        found.append(
            replace(
                story,
                id=f"{row['id']}:{actor['name']}",
                masks=masks,
                ask=True,
                direction=direction,
                role=ROLES.index(role) if role in ROLES else None,
                strength=story.strength if direction == story.direction else None,
                evidence=_evidence(actor, text, actor["direction"]),
            )
        )
    return found


def find_name(name: str, text: Text) -> list[Span]:
    """Where an actor's name, or a word of it that is its own, stands in a text."""
    wanted = [re.escape(re.sub(r"^the\s+", "", name, flags=re.IGNORECASE))]
    words = re.findall(r"[\w'’ʿ-]{4,}", name)
    wanted += [re.escape(word) for word in words if word[0].isupper() and word.casefold() not in _COMMON]
    pattern = re.compile(r"\b(?:" + "|".join(wanted) + r")\b", re.IGNORECASE if " " in name else 0)
    return [
        Span(part, found.start(), found.end(), found.group())
        for part in PARTS
        for found in pattern.finditer(text.part(part))
    ]


def surroundings(rows: Sequence[dict[str, Any]]) -> Surroundings:
    """Sentences and names of the rows that can be put around other stories."""
    held = Surroundings()
    for row in rows:
        held.background += row.get("background") or []
        if row.get("evidence") is None and row["direction"] == "none" and not row.get("actors") and row.get("summary"):
            held.unrelated.append(row["summary"])
        held.names += [actor["name"] for actor in row.get("actors") or () if actor["name"][0].isupper()]
    held.names = sorted(set(held.names))
    return held


def varied(question: Question, around: Surroundings, rng: random.Random) -> Question:
    """The question with its surroundings changed at random, its label kept."""
    held = question
    if not held.ask and held.masks and rng.random() > _MASK_STORY:
        held = replace(held, masks=())
    if rng.random() < _DROP_PART:
        held = _without_part(held, rng)
    if held.masks and rng.random() < _SWAP_NAMES:
        held = _unmask_others(held, rng)
    if around.unrelated and rng.random() < _ADD_UNRELATED:
        held = _with_sentence(held, rng.choice(around.unrelated), rng, background=True)
    if around.background and rng.random() < _ADD_BACKGROUND and held.direction != DIRECTIONS.index("none"):
        held = _with_sentence(held, rng.choice(around.background), rng, background=True)
    return held


def _unmask_others(question: Question, rng: random.Random) -> Question:
    """Other actors shown by name, as they are where no watchlist follows them."""
    names = {span.text for span, mask in question.masks if mask == OTHER}
    shown = {name for name in names if rng.random() < 0.7}
    masks = tuple(pair for pair in question.masks if pair[1] == ACTOR or pair[0].text not in shown)
    return replace(question, masks=masks)


def _without_part(question: Question, rng: random.Random) -> Question:
    """One part left out, where the deciding clause and the actor stay."""
    text = question.text
    filled: list[Part] = [part for part in PARTS if text.part(part).strip()]
    if len(filled) < 2 or (question.direction != DIRECTIONS.index("none") and not question.evidence):
        return question
    needed: set[Part] = {part for part, _, _ in question.evidence or ()}
    asked = {span.part for span, mask in question.masks if mask == ACTOR}
    spare = [part for part in filled if part not in needed and (not asked or asked - {part})]
    if not spare or (not needed and len(spare) < 2):
        return question
    gone = rng.choice(spare)
    return replace(
        question,
        text=_with_part(text, gone, ""),
        masks=tuple(pair for pair in question.masks if pair[0].part != gone),
        background=tuple(held for held in question.background if held[0] != gone) if question.background else None,
    )


def _with_sentence(question: Question, sentence: str, rng: random.Random, background: bool) -> Question:
    """A sentence added at the end of the summary or the body."""
    text = question.text
    part: Part = "body" if text.body and rng.random() < 0.5 else "summary"
    if part == "body":
        held = sentences(text.body)
        start = held[min(len(held) - 1, 2)][1] if held else 0
        if start < len(text.body):  # in the middle: only where no labelled range moves
            return question
    before = text.part(part)
    joined = f"{before} {sentence}".strip()
    marked = ((part, len(joined) - len(sentence), len(joined)),) if background else ()
    return replace(question, text=_with_part(text, part, joined), background=(question.background or ()) + marked)


def _with_part(text: Text, part: Part, content: str) -> Text:
    if part == "title":
        return replace(text, title=content)
    return replace(text, summary=content) if part == "summary" else replace(text, body=content)


def _strength(row: dict[str, Any]) -> int | None:
    strength = row.get("strength")
    return strength - 1 if isinstance(strength, int) and row["direction"] != "none" else None


def _evidence(labelled: dict[str, Any], text: Text, direction: str) -> tuple[tuple[Part, int, int], ...] | None:
    clause = labelled.get("evidence")
    if direction == "none" or not clause:
        return None
    return _ranges([clause], text) or None


def _ranges(clauses: Sequence[str], text: Text) -> tuple[tuple[Part, int, int], ...]:
    found = []
    for clause in clauses:
        for part in PARTS:
            at = text.part(part).find(clause)
            if at >= 0:
                found.append((part, at, at + len(clause)))
    return tuple(found)
