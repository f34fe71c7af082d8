"""The findings of a text: each clause with a direction, where it stands, and how much it counts as news."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..records import PARTS, Part, Span, Text
from . import arabic, persian
from .clauses import CLAUSE_WEIGHT, value_of
from .lexicon import Lexicon, load
from .tokens import Token, tokenise
from .values import Value

# Characters of a part that are read; later text is background by habit of the craft and bounded for speed.
MAX_CHARS = {"title": 600, "summary": 3000, "body": 6000}
# Sentences of a summary after the first, and of a body, count less.
LATER_SENTENCE = 0.6
BODY = 0.5
BODY_FADE = 0.75
SUMMARY = 0.7


@dataclass(frozen=True, slots=True)
class Finding:
    """One clause with a direction.

    `weight` says how much it counts; spans are characters of `part`; `width` is the longest entry in it, in words.
    """

    part: Part
    value: Value
    weight: float
    kind: str
    start: int
    end: int
    clause_start: int
    clause_end: int
    sentence: int
    width: int

    @property
    def force(self) -> float:
        """Signed share of the story's direction: sign x certainty x weight."""
        return self.value.sign * self.value.certainty * self.weight


@dataclass(frozen=True, slots=True)
class PartView:
    """A part as tokens and what was found in it; `words` are the folded words and stems for the topic gate."""

    part: Part
    tokens: tuple[Token, ...]
    findings: tuple[Finding, ...]
    background: tuple[Span, ...]
    words: tuple[frozenset[str], ...]


def views(text: Text) -> list[PartView]:
    """Every part of the text that is not empty, read by the language's lexicon."""
    lexicon = load(text.lang)
    return [_view(text, part, lexicon) for part in PARTS if text.part(part).strip()]


def _view(text: Text, part: Part, lexicon: Lexicon) -> PartView:
    source = text.part(part)[: MAX_CHARS[part]]
    tokens = tokenise(source, text.lang)
    if text.lang == "fa":
        parts = persian.units(tokens)
        shapes = [unit.shapes for unit in parts]
        hits = lexicon.find(shapes)
        clauses = persian.clauses(parts, tokens, hits, lexicon)
        first_token = [unit.first for unit in parts]
        last_token = [unit.last for unit in parts]
    else:
        shapes = arabic.read_shapes(tokens)
        hits = lexicon.find(shapes)
        clauses = arabic.clauses(tokens, hits, lexicon)
        first_token = last_token = list(range(len(tokens)))
    findings: list[Finding] = []
    background: list[Span] = []
    for clause in clauses:
        inside = [hit for hit in hits if clause.holds(hit)]
        value = value_of(clause, inside, head_final=text.lang == "fa")
        if value is None:
            continue
        start, end = tokens[first_token[value.first]].start, tokens[last_token[value.last]].end
        clause_start, clause_end = tokens[first_token[clause.first]].start, tokens[last_token[clause.last]].end
        sentence = _sentence(source, start)
        weight = CLAUSE_WEIGHT[clause.kind] * _place(part, sentence)
        width = max(len(hit.tokens) for hit in inside)
        findings.append(
            Finding(part, value, weight, clause.kind, start, end, clause_start, clause_end, sentence, width)
        )
        if clause.kind != "main":
            background.append(Span(part, start, end, source[start:end]))
    return PartView(part, tuple(tokens), tuple(findings), tuple(background), tuple(shapes))


def _sentence(source: str, at: int) -> int:
    """The number of the sentence that holds character `at`, from 0."""
    return len(re.findall(r"[.!؟?\n](?=\s)", source[:at]))


def _place(part: Part, sentence: int) -> float:
    if part == "title":
        return 1.0
    if part == "summary":
        return SUMMARY if sentence == 0 else SUMMARY * LATER_SENTENCE
    return max(0.05, BODY * BODY_FADE**sentence)
