"""The part an actor plays in a finding: who does it, says it, suffers it, is asked for it, or is only named."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import Mention, Text
from .findings import Finding, PartView

# Characters between an actor and the words it may act in.
NEAR = 160


def role_of(
    text: Text,
    own: Sequence[Mention],
    others: Sequence[Mention],
    decisive: Finding | None,
    parts: Sequence[PartView],
) -> tuple[str, Finding | None]:
    """The actor's role and the finding that counts for it (None: the story says nothing about it).

    An actor with a clause of its own in the title or summary is judged by that clause; one that is only asked to do
    something has no direction of its own; otherwise the story's direction is its direction.
    """
    if decisive is None:
        return "mentioned", None
    mine = [_Place(mention) for mention in own]
    theirs = [_Place(mention) for mention in others]
    role = _role_in(text, mine, decisive)
    if role == "addressee":
        return role, None
    if role is not None:
        return role, decisive
    for view in parts:
        if view.part == "body":
            continue
        for finding in view.findings:
            if finding is decisive or finding.kind != "main" or abs(finding.force) < 0.4:
                continue
            if finding.value.sign == decisive.value.sign:
                continue
            other_role = _role_in(text, mine, finding)
            if other_role in ("agent", "speaker") and any(_role_in(text, [place], decisive) for place in theirs or []):
                return other_role, finding
            if other_role in ("agent", "speaker") and finding.part == decisive.part:
                return other_role, finding
    return "mentioned", decisive


class _Place:
    def __init__(self, mention: Mention) -> None:
        self.part, self.start, self.end = mention.span.part, mention.span.start, mention.span.end


def _role_in(text: Text, places: Sequence[_Place], finding: Finding) -> str | None:
    """The role by word order: before the words `agent`, behind a speech mark `speaker`, behind the words `target`."""
    source = text.part(finding.part)
    for place in places:
        if place.part != finding.part:
            continue
        if ":" in source[place.end : finding.clause_start + 1] and 0 <= finding.clause_start - place.end <= 40:
            return "speaker"
        inside = finding.clause_start <= place.start and place.end <= finding.clause_end
        if not inside:
            continue
        if "urge" in finding.value.kinds and _after_urge(text, finding, place):
            return "addressee"
        if place.start < finding.start:
            return "speaker" if "urge" in finding.value.kinds or "warn" in finding.value.kinds else "agent"
        return (
            "agent" if place.end <= finding.end and text.lang == "ar" and place.start - finding.start < 30 else "target"
        )
    return None


def _after_urge(text: Text, finding: Finding, place: _Place) -> bool:
    return place.start > finding.start if text.lang == "ar" else False
