"""One direction for a story and for each actor in it, from the findings in its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..records import Direction, Mention, Reading, Span, StoryReading, Text
from . import roles
from .findings import Finding, PartView, views
from .topics import Topic, topic_of

# The languages this reader knows.
LANGUAGES = ("ar", "fa")
# Signed force below which a story says nothing new.
BAR = 0.28


@dataclass(frozen=True, slots=True)
class Judgement:
    """The rules' view of a story: net force (negative: de-escalation), the finding that decides, why."""

    net: float
    decisive: Finding | None
    topic: Topic
    views: tuple[PartView, ...]


def judge(text: Text) -> Judgement:
    """Weigh the findings: the title's first, then the lead's; later ones only where these are silent."""
    parts = tuple(views(text))
    topic = topic_of(text.lang, parts)
    findings = [finding for view in parts for finding in view.findings]
    scored = [(finding, finding.force * topic.trust(finding)) for finding in findings]
    net, decisive = 0.0, None
    for part in ("title", "summary", "body"):
        here = [(finding, force) for finding, force in scored if finding.part == part]
        if not here:
            continue
        top = max(here, key=lambda pair: (abs(pair[1]), -pair[0].start))
        if decisive is None or abs(net) < BAR <= abs(top[1]):
            net, decisive = top[1], top[0]
        elif abs(net) >= BAR and part != "body":
            net += 0.25 * top[1]
    return Judgement(net, decisive if abs(net) >= BAR else None, topic, parts)


def read_local(text: Text, mentions: Sequence[Mention]) -> StoryReading:
    """The direction of an Arabic or Persian text, for the story and for each mentioned watchlist.

    Never raises on any text. A text in another language comes back unread (`read` False, direction `none`).
    """
    names = sorted({mention.watchlist for mention in mentions})
    if text.lang not in LANGUAGES:
        unread = _none(None, read=False)
        return StoryReading(unread, {name: _none(name, read=False) for name in names})
    judgement = judge(text)
    story = _reading(text, judgement, judgement.decisive, judgement.net, None, "mentioned")
    found = {}
    for name in names:
        own = [mention for mention in mentions if mention.watchlist == name]
        others = [mention for mention in mentions if mention.watchlist != name]
        role, finding = roles.role_of(text, own, others, judgement.decisive, judgement.views)
        force = judgement.net if finding is judgement.decisive else (finding.force if finding else 0.0)
        found[name] = _reading(text, judgement, finding, force, name, role)
    return StoryReading(story, found)


def _reading(
    text: Text, judgement: Judgement, finding: Finding | None, force: float, watchlist: str | None, role: str
) -> Reading:
    background = tuple(span for view in judgement.views for span in view.background)
    if finding is None or abs(force) < BAR:
        confidence = round(min(0.9, 0.55 + 0.3 * (BAR - min(BAR, abs(force)))), 2)
        trace = (
            ("nothing new that points either way",) if judgement.decisive is None else (f"nothing of its own ({role})",)
        )
        return Reading(watchlist, "none", 1, confidence, role, None, trace, background)
    source = text.part(finding.part)
    span = Span(finding.part, finding.start, finding.end, source[finding.start : finding.end])
    direction: Direction = "escalation" if finding.value.sign > 0 else "de-escalation"
    composed = " -> ".join(finding.value.trace)
    trace = (
        f"{composed}: {direction}",
        f"{finding.part}, {finding.kind} clause",
        *((f"actor: {role}",) if watchlist else ()),
    )
    return Reading(
        watchlist, direction, _strength(finding), round(min(0.8, 0.35 + 0.4 * abs(force)), 2), role, span, trace,
        background, " ".join(finding.value.glosses),
    )  # fmt: skip


def _strength(finding: Finding) -> int:
    return max(1, min(3, finding.value.strength if finding.kind == "main" else finding.value.strength - 1))


def _none(watchlist: str | None, read: bool) -> Reading:
    return Reading(
        watchlist, "none", 1, 0.0 if not read else 0.6, "mentioned", None, ("no reader for this language",), read=read
    )
