"""The records of grouping: a story with its readings goes in; the event it belongs to, and why, comes out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..reading.records import Direction, Grade, Mention


@dataclass(frozen=True, slots=True)
class GroupStory:
    """What grouping needs of one story.

    `time` is UTC: when it was published, or first seen. `owner` is who owns the outlet: papers of one owner are one
    source. `direction` is the story's; `directions` those of its watchlists; `watchlists` how each was mentioned;
    `lead` the watchlists named (direct) in the title; `mentions` the words that named or described any of them.
    """

    id: str
    time: datetime
    owner: str
    lang: str
    title: str
    summary: str = ""
    body: str = ""
    direction: Direction = "none"
    directions: Mapping[str, Direction] = field(default_factory=dict)
    watchlists: Mapping[str, Grade] = field(default_factory=dict)
    lead: frozenset[str] = frozenset()
    mentions: tuple[str, ...] = ()

    @property
    def direct(self) -> frozenset[str]:
        """The watchlists the story names."""
        return frozenset(name for name, grade in self.watchlists.items() if grade == "direct")


@dataclass(frozen=True, slots=True)
class GroupDecision:
    """Where a story belongs. `new` opens the event; else `matched` is the story it was found to repeat.

    `reason` is a sentence for `explain`; `score` in [0, 1] is how alike the two are; `copy` that it is the same text,
    so that its owner counts as no further source. `near_miss` names the likest event it was kept out of, and why.
    """

    event: str
    new: bool
    reason: str
    score: float = 0.0
    matched: str | None = None
    copy: bool = False
    near_miss: str | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """Who reports an event: `owners` of texts of their own (independent sources), and how many stories are copies."""

    owners: frozenset[str]
    stories: int
    copies: int


@dataclass(frozen=True, slots=True)
class Named:
    """What the mentions of a story say to grouping: the fields `watchlists`, `lead` and `mentions` of GroupStory."""

    watchlists: dict[str, Grade]
    lead: frozenset[str]
    mentions: tuple[str, ...]


def named(mentions: Iterable[Mention]) -> Named:
    """The mentions of one story as grouping needs them; a watchlist both named and described is named."""
    grades: dict[str, Grade] = {}
    lead = set()
    words = []
    for mention in mentions:
        if grades.get(mention.watchlist) != "direct":
            grades[mention.watchlist] = mention.grade
        if mention.grade == "direct" and mention.span.part == "title":
            lead.add(mention.watchlist)
        words.append(mention.span.text)
    return Named(grades, frozenset(lead), tuple(words))
