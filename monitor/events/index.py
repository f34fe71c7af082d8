"""The recent events: each story is placed with the happening it reports, or opens a new one."""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .conflicts import conflict, opposed
from .features import Features, features
from .records import GroupDecision, GroupStory, Sources
from .similarity import Likeness, likeness

# Days an event takes further stories after its last one.
WINDOW_DAYS = 3.0
# A happening is told for this long; a subject that goes on is a row of happenings, not one.
LONGEST_EVENT = timedelta(days=4)
# Stories compared with a new one, the likeliest first.
MAX_CANDIDATES = 25
# Stories taken as read before the first, so that early words are not all common.
UNSEEN_STORIES = 50
# Terms a story is looked up by, the rarest first, and the newest stories taken of each.
RAREST_TERMS, MOST_POSTED = 30, 200


@dataclass(slots=True)
class _Event:
    id: str
    members: list[Features] = field(default_factory=list)
    copies: dict[str, str] = field(default_factory=dict)  # story -> the story it copies
    sign: str = "none"
    signs: dict[str, str] = field(default_factory=dict)  # watchlist -> sign

    def first(self) -> datetime:
        return min(member.story.time for member in self.members)

    def last(self) -> datetime:
        return max(member.story.time for member in self.members)


class EventIndex:
    """Stories of the last days by event. Stories should come in order of time; the same order gives the same events.

    An event has one sign: the direction of its first story that reads escalation or de-escalation. A story of the
    opposite direction never joins it; one that reads `none` may, and gives no sign. The same holds for each watchlist.
    """

    def __init__(self, window_days: float = WINDOW_DAYS) -> None:
        self._window = timedelta(days=window_days)
        self._events: dict[str, _Event] = {}
        self._where: dict[str, str] = {}
        self._posted: dict[str, list[str]] = defaultdict(list)  # term -> stories, newest last
        self._features: dict[str, Features] = {}
        self._weights: dict[str, tuple[dict[str, float], float]] = {}  # story -> its words' weights, their norm
        self._df: Counter[str] = Counter()
        self._pruned: datetime | None = None
        self._latest: datetime | None = None

    def add(self, story: GroupStory) -> GroupDecision:
        """Place a story; a new event takes the story's id. A story seen before keeps its place."""
        if story.id in self._where:
            return self._seen(story)
        mine = features(story)
        decision = self._decide(mine)
        self._join(mine, decision.event, decision.matched if decision.copy else None)
        return decision

    def decide(self, story: GroupStory) -> GroupDecision:
        """Where a story belongs, without placing it. For a new event `event` is the story's id."""
        return self._seen(story) if story.id in self._where else self._decide(features(story))

    def _seen(self, story: GroupStory) -> GroupDecision:
        return GroupDecision(self._where[story.id], False, "seen before", 1.0, story.id)

    def _decide(self, mine: Features) -> GroupDecision:
        story = mine.story
        self._prune(min(story.time, self._latest or story.time))  # one post-dated story must not empty the window
        self._latest = story.time
        weights = self._weigh(mine)
        near_miss: tuple[float, str] | None = None
        alike: list[tuple[float, str, Likeness]] = []
        for other in self._candidates(mine):
            found = likeness(self._features[other], mine, self._cosine(weights, other))
            if found.same:
                alike.append((found.score, other, found))
        for score, other, found in sorted(alike, key=lambda one: (-one[0], one[1])):
            event = self._events[self._where[other]]
            against = self._against(event, mine)
            if against is None:
                return GroupDecision(event.id, False, found.reason, score, other, found.copy)
            if near_miss is None or score > near_miss[0]:
                near_miss = (score, f"kept out of the event of {other}: {found.reason}, but {against}")
        reason = "no recent story tells the same" if near_miss is None else "what sounds alike contradicts it"
        return GroupDecision(story.id, True, reason, near_miss=near_miss[1] if near_miss else None)

    def join(self, story: GroupStory, event_id: str, copy_of: str | None = None) -> None:
        """Place a story in an event without deciding, as when the recent days are read back from the database."""
        if story.id not in self._where:
            self._join(features(story), event_id, copy_of)

    def _join(self, mine: Features, event_id: str, copy_of: str | None) -> None:
        story = mine.story
        event = self._events.setdefault(event_id, _Event(event_id))
        event.members.append(mine)
        if copy_of is not None:
            event.copies[story.id] = copy_of
        if event.sign == "none":
            event.sign = story.direction
        for watchlist, direction in story.directions.items():
            if event.signs.get(watchlist, "none") == "none":
                event.signs[watchlist] = direction
        self._where[story.id] = event_id
        self._features[story.id] = mine
        self._weights[story.id] = self._weigh(mine)
        for term in _terms(mine):
            self._posted[term].append(story.id)
        self._df.update(mine.words)

    def sources(self, event_id: str) -> Sources:
        """Who reports an event; a copy counts for the owner of what it copies."""
        event = self._events[event_id]
        owners = {one.story.owner for one in event.members if one.story.id not in event.copies}
        return Sources(frozenset(owners), len(event.members), len(event.copies))

    def event_of(self, story_id: str) -> str | None:
        """The event of a story of the window."""
        return self._where.get(story_id)

    def __len__(self) -> int:
        return len(self._features)

    def _against(self, event: _Event, mine: Features) -> str | None:
        if opposed(event.sign, mine.story.direction):
            return f"the event reads {event.sign}, this {mine.story.direction}"
        for watchlist, direction in mine.story.directions.items():
            if opposed(event.signs.get(watchlist, "none"), direction):
                return f"the event reads {event.signs[watchlist]} for {watchlist}, this {direction}"
        for member in event.members:
            if against := conflict(member, mine):
                return against
        if mine.story.time - event.first() > LONGEST_EVENT:
            return f"the event began {(mine.story.time - event.first()).days} days ago"
        if all(abs(mine.story.time - member.story.time) > self._window for member in event.members):
            return "they lie days apart"
        return None

    def _candidates(self, mine: Features) -> list[str]:
        scores: dict[str, float] = defaultdict(float)
        terms = [(len(self._posted[term]), term) for term in _terms(mine) if term in self._posted]
        for frequency, term in sorted(terms)[:RAREST_TERMS]:
            weight = math.log1p(len(self._features) / frequency)
            for other in self._posted[term][-MOST_POSTED:]:
                scores[other] += weight
        best = heapq.nsmallest(MAX_CANDIDATES, [(-score, other) for other, score in scores.items()])
        return [other for _, other in best]

    def _weigh(self, mine: Features) -> tuple[dict[str, float], float]:
        """The weight of each word by how rare it is now, and the norm of all."""
        stories = len(self._features) + UNSEEN_STORIES
        weights = {word: math.log(stories / (self._df[word] + 1)) for word in mine.words}
        return weights, math.sqrt(sum(weight * weight for weight in weights.values()))

    def _cosine(self, mine: tuple[dict[str, float], float], other: str) -> float:
        weights, norm = mine
        others, other_norm = self._weights[other]
        shared = sum([weights[word] * others[word] for word in weights.keys() & others.keys()])
        return shared / (norm * other_norm) if shared else 0.0

    def _prune(self, now: datetime) -> None:
        if self._pruned is not None and now - self._pruned < timedelta(hours=6):
            return
        self._pruned = now
        old = [event for event in self._events.values() if event.last() < now - self._window]
        if not old:
            return
        gone = {member.story.id for event in old for member in event.members}
        for event in old:
            for member in event.members:
                self._df.subtract(member.words)
            del self._events[event.id]
        for story in gone:
            del self._where[story], self._features[story], self._weights[story]
        self._df += Counter()
        for term in list(self._posted):
            kept = [story for story in self._posted[term] if story not in gone]
            if kept:
                self._posted[term] = kept
            else:
                del self._posted[term]


def _terms(one: Features) -> list[str]:
    """What stories are looked up by: title, words, names, telling concepts, watchlists."""
    terms = {f"w:{word}" for word in one.words} | {f"n:{name}" for name in one.names} | set(one.concepts)
    terms |= {f"l:{name}" for name in one.story.watchlists}
    return sorted({f"t:{one.title}", *terms})
