"""What the learned part sees of a text: the rules' findings as numbers, and its words and letters as hashed counts."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from itertools import pairwise

from .findings import Finding
from .judgement import Judgement
from .values import KEEPS, TURNS, WEAK_ATOMS

# Size of the hashed space of words and letter runs, and the lengths of the runs.
BUCKETS = 1 << 15
RUNS = (3, 4, 5)

RULE_NAMES = (
    "bias", "net", "sure_net", "strong", "title_force", "summary_force", "body_force", "agree", "clash", "weak", "background",
    "operators", "turned", "wide", "verbal_threat", "armed", "other", "title_armed", "title_other", "no_finding",
    "in_summary", "findings", "short",
)  # fmt: skip


def rule_numbers(judgement: Judgement) -> list[float]:
    """The rules' view as numbers, one for each of RULE_NAMES, none of which depends on the sign of the direction."""
    top = judgement.leading
    topic = judgement.topic
    parts = {view.part: view for view in judgement.views}
    title, summary, body = (
        _strongest(parts[part].findings) if part in parts else None for part in ("title", "summary", "body")
    )
    sign = 0 if top is None else top.value.sign
    along = [0.0 if finding is None else finding.force * sign for finding in (title, summary, body)]
    kinds = () if top is None else top.value.kinds
    both = title is not None and summary is not None and title is not summary
    return [
        1.0,
        abs(judgement.net),
        abs(judgement.net) * (top is not None and top.width > 1),
        float(abs(judgement.net) >= 0.6),
        *along,
        float(both and along[0] * along[1] > 0.05),
        float(both and along[0] * along[1] < -0.05),
        float(bool(kinds) and kinds[-1] in WEAK_ATOMS),
        float(top is not None and top.kind != "main"),
        min(3, sum(kind in TURNS or kind in KEEPS for kind in kinds)) / 3,
        float(any(kind in TURNS for kind in kinds)),
        float(top is not None and top.width > 1),
        float(bool(kinds) and kinds[0] == "threat"),
        min(4, topic.armed) / 4,
        min(4, topic.other) / 4,
        min(3, topic.title_armed) / 3,
        min(3, topic.title_other) / 3,
        float(top is None),
        float(top is not None and top.part == "summary"),
        min(4, sum(len(view.findings) for view in judgement.views)) / 4,
        float(sum(len(view.tokens) for view in judgement.views) < 12),
    ]


def _strongest(findings: tuple[Finding, ...]) -> Finding | None:
    return max(findings, key=lambda finding: abs(finding.force), default=None)


def text_buckets(judgement: Judgement) -> dict[int, float]:
    """Hashed words and letter runs of title and summary, scaled to unit length."""
    counts: dict[int, float] = {}
    for view in judgement.views:
        if view.part == "body":
            continue
        weight = 1.0 if view.part == "title" else 0.6
        words = [token.norm for token in view.tokens if token.word and not token.norm.isdigit()][:60]
        for feature in _features(words):
            bucket = zlib.crc32(feature.encode()) % BUCKETS
            counts[bucket] = counts.get(bucket, 0.0) + weight
    norm = sum(value * value for value in counts.values()) ** 0.5 or 1.0
    return {bucket: value / norm for bucket, value in sorted(counts.items())}


def _features(words: list[str]) -> Iterator[str]:
    for word in words:
        yield "w:" + word.removeprefix("ال")
        framed = f"<{word}>"
        for length in RUNS:
            for at in range(len(framed) - length + 1):
                yield framed[at : at + length]
    for first, second in pairwise(words):
        yield f"b:{first}_{second}"
