"""What part a watched actor plays in each claim: agent, target, speaker, addressee, mediator, or only mentioned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..records import Span
from .aggregate import Claim
from .grammar import words

# Kinds of operators by which the subject speaks rather than acts.
_SPEAKING = frozenset(
    {"announce", "vow", "offer", "deny", "threat", "urge", "warn", "warn against", "refuse", "accuse"}
)
_MEDIATING = words("mediating")
# Words that stand for the subject of the clause or sentence before.
_CARRY = words("carry")
_SMALL = words("small")


@dataclass(frozen=True, slots=True)
class Part:
    """One claim seen from an actor."""

    claim: Claim
    role: str


def parts(found: Sequence[Claim], mentions: Sequence[Span]) -> list[Part]:
    """The role of the actor named by `mentions` in each claim; `other` where the claim is someone else's."""
    result: list[Part] = []
    carried = False
    clause: tuple[int, int] | None = None
    sentence: int | None = None
    for claim in found:
        tokens = claim.segment.tokens
        named = [
            index
            for index, token in enumerate(tokens)
            if any(s.part == claim.segment.part and s.start < token.end and token.start < s.end for s in mentions)
        ]
        here = (claim.segment.start, claim.clause_start)
        if clause != here or sentence != id(claim.segment):
            if sentence is not None and sentence != id(claim.segment) and claim.segment.part == "title":
                carried = False
            carried = _is_subject(claim, named, carried)
            clause, sentence = here, id(claim.segment)
        result.append(Part(claim, _role(claim, named, carried)))
    return result


def _is_subject(claim: Claim, named: Sequence[int], carried: bool) -> bool:
    before = range(claim.clause_start, claim.value.start)
    if any(index in named for index in before):
        first_name = next((i for i in before if claim.segment.tokens[i].text[:1].isupper()), None)
        return first_name is None or first_name in named or claim.segment.part != "title"
    words = [claim.segment.tokens[i] for i in before]
    content = [t for t in words if t.lower not in _SMALL and t.is_word and not t.lower.endswith("ly")]
    if not content or any(t.lower in _CARRY for t in content[:3]):
        return carried or any(index < claim.clause_start for index in named)
    return False


def _role(claim: Claim, named: Sequence[int], subject: bool) -> str:
    value = claim.value
    inside = [i for i in named if value.start <= i < claim.clause_end]
    asked = claim.directives[0] if claim.directives else None
    if (
        asked is not None
        and any(asked < i < claim.clause_end for i in named)
        and not any(claim.clause_start <= i < asked for i in named)
    ):
        return "addressee"
    if subject:
        if claim.segment.tokens[value.start].lower in _MEDIATING or "mediate" in value.kinds:
            return "mediator"
        if value.kinds[0] in _SPEAKING:
            return "speaker"
        return "target" if _passive(claim) and value.kinds[-1] == "attack" else "agent"
    if inside:
        if value.directive and inside[0] < value.end:
            return "addressee"
        return "target" if inside[0] >= value.start else "mentioned"
    return "mentioned" if named else "other"


def _passive(claim: Claim) -> bool:
    tokens = claim.segment.tokens[max(0, claim.value.start - 2) : claim.value.end + 2]
    return any(t.lower in {"was", "were", "been", "by", "killed", "dead", "wounded", "hit"} for t in tokens)
