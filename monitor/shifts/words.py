"""A shift in plain words: the sentences of an alert, each number taken from the proof."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from .proof import Proof, StoryWeight
from .standing import Delay

TOP_STORIES = 3


def headline(name: str, proof: Proof) -> str:
    """One line: which watchlist turned which way."""
    return f"{name}: the news has shifted toward {proof.direction}"


def sentences(proof: Proof, zone: tzinfo = UTC, delays: tuple[Delay, ...] = ()) -> list[str]:
    """The body of a shift alert, a sentence a line; times in the reader's `zone`, links to the strongest stories."""
    lines = [
        f"Since {_moment(proof.onset, zone)}, give or take {_hours(proof.onset_error_h)}.",
        f"{proof.pointing} of {proof.stories} independent stories ({_count(proof.sources, 'source')}) point toward "
        f"{proof.direction}{_usual(proof)}.",
        f"By chance this happens about once in {_days(proof.chance_shown)} (evidence {proof.evidence_days:.0f} days, "
        f"alert line {proof.line_days:.0f}).",
    ]
    lines += [_story(weight) for weight in strongest(proof)]
    if proof.copies:
        lines.append(f"{_count(proof.copies, 'copy', 'copies')} of these stories hardly counted.")
    if proof.outage_h >= 1:
        lines.append(f"Feeds were down for {_hours(proof.outage_h)} of this time; it does not count as elapsed.")
    lines.append(
        f"About {_count(proof.undo_stories, 'independent story', 'independent stories')} the other way would undo it."
    )
    if delays:
        wait = " and ".join(f"a {d.size} one {_hours(d.hours)} ({d.stories:.0f} stories)" for d in delays)
        lines.append(f"At the pace of this watchlist a shift takes time to notice: {wait}.")
    return lines


def strongest(proof: Proof, most: int = TOP_STORIES) -> list[StoryWeight]:
    """The stories that weigh most toward the shift, first stories only."""
    return [w for w in proof.weights if not w.copy and w.log_lr > 0][:most]


def _story(weight: StoryWeight) -> str:
    item = weight.item
    return " ".join(part for part in (f"- {item.title or item.id} ({item.source})", item.url) if part)


def _usual(proof: Proof) -> str:
    if proof.usual_share is None:
        return "; there is no history yet to compare with"
    return f", usual {proof.usual_share:.0%} (of {_count(proof.usual_stories, 'story', 'stories')})"


def _moment(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%a %-d %b %Y %H:%M}"


def _days(days: int) -> str:
    return "365 days or more" if days >= 365 else f"{days} days"


def _hours(hours: float) -> str:
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} days"


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
