"""One direction for a story and for each actor in it, from the findings in its parts."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import Direction, Mention, Reading, Span, StoryReading, Text
from . import roles
from .findings import Finding
from .judgement import Judgement, judge
from .learned import load_gate

# The languages this reader knows.
LANGUAGES = ("ar", "fa")
# Probability that a text says anything new, from which it gets a direction.
BAR = 0.5
# Confidence from the gate's probability p: SLOPE p + SHIFT follows the share that was right (a gate that says .85 is
# right in .76 of the cases on headlines not used for tuning); without a parser it never claims more than CEILING.
SLOPE, SHIFT = 0.9, 0.0
CEILING = 0.85


def read_local(text: Text, mentions: Sequence[Mention]) -> StoryReading:
    """The direction of an Arabic or Persian text, for the story and for each mentioned watchlist.

    Never raises on any text. A text in another language comes back unread (`read` False, direction `none`).
    """
    names = sorted({mention.watchlist for mention in mentions})
    if text.lang not in LANGUAGES:
        return StoryReading(_unread(None), {name: _unread(name) for name in names})
    judgement = judge(text)
    news = load_gate(text.lang).probability(judgement)
    decisive = judgement.leading if news >= BAR else None
    story = _reading(text, judgement, decisive, news, None, "mentioned")
    found = {}
    for name in names:
        own = [mention for mention in mentions if mention.watchlist == name]
        others = [mention for mention in mentions if mention.watchlist != name]
        role, finding = roles.role_of(text, own, others, decisive, judgement.views)
        found[name] = _reading(text, judgement, finding, news, name, role)
    return StoryReading(story, found)


def _reading(
    text: Text, judgement: Judgement, finding: Finding | None, news: float, watchlist: str | None, role: str
) -> Reading:
    """`news` is the probability that the text points anywhere."""
    background = tuple(span for view in judgement.views for span in view.background)
    if finding is None:
        mine = news >= BAR and judgement.leading is not None  # the story points somewhere, but not for this actor
        why = f"nothing new of its own ({role})" if mine else "nothing new that points either way"
        confidence = 0.6 if mine else max(0.5, min(CEILING, SLOPE * (1.0 - news) + SHIFT))
        return Reading(watchlist, "none", 1, round(confidence, 2), role, None, (why,), background)
    shown = _shown(judgement, finding)
    also = tuple(_span(text, other) for other in _elsewhere(judgement, shown))
    direction: Direction = "escalation" if finding.value.sign > 0 else "de-escalation"
    said = {"speaker": "said by the actor", "agent": "done by the actor", "target": "done to the actor"}.get(role)
    place = shown.part if shown.kind == "main" else f"{shown.part}, in passing ({shown.kind})"
    trace = (f"{' -> '.join(shown.value.trace)}: {direction}", place, *((said,) if watchlist and said else ()))
    confidence = round(min(CEILING, SLOPE * news + SHIFT), 2)
    gloss = " ".join(shown.value.glosses)
    strength, span = _strength(finding), _span(text, shown)
    return Reading(watchlist, direction, strength, confidence, role, span, trace, background, gloss, also=also)


def _span(text: Text, finding: Finding) -> Span:
    return Span(finding.part, finding.start, finding.end, text.part(finding.part)[finding.start : finding.end])


def _elsewhere(judgement: Judgement, shown: Finding) -> list[Finding]:
    """The findings that say the same in the other parts of the text, the plainest of each."""
    same = [
        other
        for view in judgement.views
        for other in view.findings
        if other.part != shown.part and other.kind == "main" and other.value.sign == shown.value.sign
    ]
    best = {other.part: other for other in sorted(same, key=_plainness)}
    return list(best.values())


def _shown(judgement: Judgement, finding: Finding) -> Finding:
    """The finding that is shown as evidence: the lead's clause where it says the same as the title in more words."""
    if finding.part != "title":
        return finding
    lead = [
        other
        for view in judgement.views
        if view.part == "summary"
        for other in view.findings
        if other.kind == "main" and other.sentence == 0 and other.value.sign == finding.value.sign
    ]
    return max([finding, *lead], key=lambda other: (_plainness(other), -other.start))


def _plainness(finding: Finding) -> float:
    kinds = finding.value.kinds
    return finding.value.certainty + 0.25 * min(2, len(kinds) - 1) + (0.0 if finding.part == "title" else 0.3)


def _strength(finding: Finding) -> int:
    return max(1, min(3, finding.value.strength if finding.kind == "main" else finding.value.strength - 1))


def _unread(watchlist: str | None) -> Reading:
    return Reading(watchlist, "none", 1, 0.0, "mentioned", None, ("no reader for this language",), read=False)
