"""The rules' view of a text: the findings of its parts weighed into one signed force."""

from __future__ import annotations

from dataclasses import dataclass

from ..records import Text
from .findings import Finding, PartView, views
from .topics import Topic, topic_of

# Signed force below which the rules alone find nothing new in a story.
BAR = 0.28


@dataclass(frozen=True, slots=True)
class Judgement:
    """The rules' view of a story: net force (negative: de-escalation), the finding that decides (if any), the strongest."""

    net: float
    decisive: Finding | None
    leading: Finding | None
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
    return Judgement(net, decisive if abs(net) >= BAR else None, decisive, topic, parts)
