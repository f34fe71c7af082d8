"""Row 9: placing one story among the last 5,000, against rapidfuzz's extractOne over all of them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from statistics import median

from monitor.events.index import EventIndex
from monitor.events.records import GroupStory
from monitor.reading.context import normal

from . import corpus
from .measure import cpu_of, in_turn, ratio_of
from .record import Bench

START = datetime(2026, 11, 1, tzinfo=UTC)


def story(number: int, title: str, summary: str) -> GroupStory:
    """A story of the stream, some seconds after the one before; nobody is named, as for most stories."""
    return GroupStory(
        id=str(number), time=START + timedelta(seconds=40 * number), owner=f"paper{number % 97}.example", lang="en",
        title=title, summary=summary, body="", direction="none", directions={}, watchlists={}, lead=frozenset(),
        mentions=(),
    )  # fmt: skip


def recent(count: int) -> list[GroupStory]:
    """The last `count` stories."""
    return [story(n, *corpus.story(n % 50 * 20, n)) for n in range(count)]


def retold(known: list[GroupStory], count: int) -> list[tuple[GroupStory, str]]:
    """Stories that retell a known one, as outlets copy an agency (words moved, some left out), and the known one's id."""
    chance = random.Random(9)
    found = []
    for number in range(count):
        source = known[chance.randrange(len(known))]
        words = source.summary.split()
        drop = {chance.randrange(len(words)) for _ in range(max(1, len(words) // 15))}
        summary = " ".join(word for at, word in enumerate(words) if at not in drop)
        found.append((story(len(known) + number, f"{source.title.rstrip('.')} - agency", summary), source.id))
    return found


def run(rounds: int, history: int, count: int) -> list[Bench]:
    """`count` retold stories a round against `history` recent ones."""
    from rapidfuzz import fuzz, process

    known = recent(history)
    index = EventIndex()
    for each in known:
        index.join(each, f"event-{each.id}")
    heads = {each.id: " ".join(normal(f"{each.title} | {each.summary}").split()) for each in known}
    asked = retold(known, count)
    ours_found: dict[str, str | None] = {}
    peer_found: dict[str, str] = {}

    def ours() -> float:
        return cpu_of(lambda: ours_found.update({each.id: index.decide(each).matched for each, _ in asked}))

    def best(each: GroupStory) -> str:
        head = " ".join(normal(f"{each.title} | {each.summary}").split())
        return str(process.extractOne(head, heads, scorer=fuzz.token_set_ratio, processor=None)[2])

    def peer() -> float:
        return cpu_of(lambda: peer_found.update({each.id: best(each) for each, _ in asked}))

    found = in_turn(rounds, ours=ours, peer=peer)
    same = sum(ours_found[each.id] == peer_found[each.id] for each, _ in asked) / count
    true = [sum(side[each.id] == source for each, source in asked) / count for side in (ours_found, peer_found)]
    return [
        Bench(
            "9",
            f"group one story against the last {history:,}",
            "ms",
            median(found["ours"]) / count * 1000,
            median(found["peer"]) / count * 1000,
            "rapidfuzz extractOne, token_set_ratio",
            ratio_of(found["ours"], found["peer"]),
            30.0,
            100.0,
            f"same best match {same:.1%}; the true source: ours {true[0]:.1%}, peer {true[1]:.1%}",
            same >= 0.98,
        )
    ]
