"""Which story an entry is: new, known, a revision of a known one, or a feed that re-issued what it had.

An entry carries three names: its guid (within its feed), its canonical URL, its title (within its feed and about its
time). None is trusted alone: publishers reuse guids, re-issue them for a whole feed, put one URL under every item,
and run one headline twice. Pure functions: the caller looks up the known stories by `Keys` and stores the verdicts.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b

from monitor.feeds.records import Entry

from .url import canonical_url, names_a_story

# Two entries of one feed under one title are one story if published within this time of each other.
SAME_TITLE_WITHIN = timedelta(hours=12)
# The same where one of them has no date: counted from when the known one was first seen.
SAME_TITLE_UNDATED = timedelta(days=7)
# A title shorter than this many words or letters names no story by itself ("Live updates", "In pictures").
_TITLE_WORDS, _TITLE_LETTERS = 4, 20
# A feed whose known stories come back under new guids in this share of all items has re-issued them.
REISSUED_SHARE = 0.8
_REISSUED_LEAST = 5
# Where more than this share of a document's guids are doubled, its guids are not used at all.
_BAD_GUIDS_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Keys:
    """The names of an entry, hashed; None where it has none that tells. `guid` and `title` hold within the feed."""

    guid: str | None
    url: str | None
    title: str | None
    content: str

    def names(self) -> tuple[str, ...]:
        """The keys under which a known story is looked up."""
        return tuple(key for key in (self.guid, self.url, self.title) if key)


@dataclass(frozen=True, slots=True)
class Known:
    """A story we have. `keys` are all guid, URL and title keys it ever had, `contents` the content key of each of its
    revisions (so that a headline that flips back is not a third revision).
    """

    story: int
    keys: frozenset[str]
    contents: frozenset[str]
    first_seen: datetime
    published: datetime | None = None
    feed: str = ""


class Verdict(StrEnum):
    """What an entry is. BASELINE: on the first poll of a feed; kept, never told. REISSUED: known, under new names in a
    feed that changed most of its names at once; the names are kept, nothing is told but the fact.
    """

    NEW = "new"
    REVISED = "revised"
    SEEN = "seen"
    BASELINE = "baseline"
    REISSUED = "reissued"


@dataclass(frozen=True, slots=True)
class Identified:
    """One entry with its verdict. `story` is the known story it is, or the index of an earlier entry of the same
    document that it repeats (`repeats`), or neither (then it is a story of its own).
    """

    entry: Entry
    keys: Keys
    verdict: Verdict
    reason: str
    story: int | None = None
    repeats: int | None = None


@dataclass(frozen=True, slots=True)
class Identification:
    """The verdicts of one document, in its order. `quarantined`: the feed re-issued its names; tell the operator."""

    items: tuple[Identified, ...]
    quarantined: bool = False
    reason: str = ""

    def of(self, *verdicts: Verdict) -> list[Identified]:
        """The items with one of these verdicts."""
        return [item for item in self.items if item.verdict in verdicts]


def keys_of(feed: str, entries: Sequence[Entry]) -> list[Keys]:
    """The keys of the entries of one document. A guid or URL that several of them share names none of them."""
    guids = Counter(entry.guid for entry in entries if entry.guid)
    doubled = {guid for guid, n in guids.items() if n > 1}
    links_by_guid = defaultdict(set)
    for entry in entries:
        if entry.guid in doubled:
            links_by_guid[entry.guid].add((entry.link, entry.title))
    ambiguous = {guid for guid, links in links_by_guid.items() if len(links) > 1}
    bad_guids = sum(guids[guid] for guid in ambiguous if guid) > max(2, _BAD_GUIDS_SHARE * len(entries))
    urls = [canonical_url(entry.link) if entry.link else "" for entry in entries]
    owners = defaultdict(set)
    for entry, url in zip(entries, urls, strict=True):
        owners[url].add(entry.title)
    found: list[Keys] = []
    for entry, url in zip(entries, urls, strict=True):
        if url and len(owners[url]) > 1 and entry.link:
            with_fragment = canonical_url(entry.link, keep_fragment=True)
            url = with_fragment if with_fragment != url else ""
        guid = entry.guid if entry.guid and not bad_guids and entry.guid not in ambiguous else None
        if guid == entry.link and guid is not None:
            guid = canonical_url(guid)  # a permalink as guid: its tracking parameters change too
        found.append(
            Keys(
                guid=_hash("guid", feed, guid) if guid else None,
                url=_hash("url", url) if url and names_a_story(url) else None,
                title=title_key(feed, entry.title),
                content=content_key(entry),
            )
        )
    return found


def title_key(feed: str, title: str) -> str | None:
    """The key of a title, or None if it is too short to name a story."""
    folded = fold(title)
    if len(folded.split()) < _TITLE_WORDS or len(folded) < _TITLE_LETTERS:
        return None
    return _hash("title", feed, folded)


def content_key(entry: Entry) -> str:
    """The key of what an entry says; case, punctuation and spacing do not count."""
    return _hash("content", fold(entry.title), fold(entry.summary), fold(entry.body))


def fold(text: str) -> str:
    """Letters and digits of `text` in one case, words parted by single spaces."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def _hash(*parts: str) -> str:
    return parts[0][0] + blake2b("\x1f".join(parts).encode("utf-8", "replace"), digest_size=12).hexdigest()


def identify(
    feed: str,
    entries: Sequence[Entry],
    known: Iterable[Known],
    now: datetime,
    *,
    first_poll: bool = False,
    backfill: int = 0,
    on_screen: int | None = None,
) -> Identification:
    """The verdict on each entry. `known` holds at least every story that has one of the entries' keys; `on_screen` is
    how many items the document has in all (those seen by fingerprint included).
    """
    keys = keys_of(feed, entries)
    by_key: dict[str, list[Known]] = defaultdict(list)
    for story in known:
        for key in story.keys:
            by_key[key].append(story)
    items: list[Identified] = []
    reissued = 0
    earlier: dict[str, int] = {}
    for index, (entry, names) in enumerate(zip(entries, keys, strict=True)):
        item = _judge(feed, entry, names, by_key, now)
        reissued += _renamed(item, by_key)
        if item.story is None:
            item = _repeat(item, earlier, items)
        for key in names.names():
            earlier.setdefault(key, index)
        items.append(item)
    total = max(on_screen or 0, len(entries))
    quarantined = not first_poll and reissued >= _REISSUED_LEAST and reissued >= REISSUED_SHARE * total
    reason = ""
    if quarantined:
        reason = f"{reissued} of {total} items are known stories under new guids or URLs"
        items = [_reissued(item, by_key) for item in items]
    if first_poll:
        items = _baseline(items, backfill)
    return Identification(tuple(items), quarantined, reason)


def _judge(feed: str, entry: Entry, keys: Keys, by_key: dict[str, list[Known]], now: datetime) -> Identified:
    by_guid = _newest(by_key.get(keys.guid or "", ()))
    by_url = _newest(by_key.get(keys.url or "", ()))
    by_title = [story for story in by_key.get(keys.title or "", ()) if story.feed in ("", feed)]
    if by_url is not None:
        same = "its URL" if by_guid is not by_url else "its guid and URL"
        return _known(entry, keys, by_url, f"known by {same}")
    if by_guid is not None:
        # The same guid under another URL: the story has moved, or the publisher reuses guids.
        url_changed = keys.url is not None and any(key.startswith("u") for key in by_guid.keys)
        if not url_changed or keys.title in by_guid.keys or keys.content in by_guid.contents:
            return _known(entry, keys, by_guid, "known by its guid")
        return Identified(entry, keys, Verdict.NEW, "a new story under a guid used before (other URL, other title)")
    near = _newest([story for story in by_title if _near(entry, story, now)])
    if near is not None:
        return _known(entry, keys, near, "known by its title, published at about the same time")
    return Identified(entry, keys, Verdict.NEW, "unknown by guid, URL and title")


def _renamed(item: Identified, by_key: dict[str, list[Known]]) -> bool:
    """Whether an entry looks like one we had under another guid: the mark of a feed that re-issues its items."""
    keys = item.keys
    if by_key.get(keys.guid or ""):
        return False
    url_is_known, title_is_known = bool(by_key.get(keys.url or "")), bool(by_key.get(keys.title or ""))
    return (url_is_known and keys.guid is not None) or (not url_is_known and title_is_known)


def _known(entry: Entry, keys: Keys, story: Known, reason: str) -> Identified:
    verdict = Verdict.SEEN if keys.content in story.contents else Verdict.REVISED
    return Identified(entry, keys, verdict, reason, story.story)


def _newest(stories: Sequence[Known]) -> Known | None:
    return max(stories, key=lambda story: (story.first_seen, story.story), default=None)


def _near(entry: Entry, story: Known, now: datetime) -> bool:
    if entry.published is None or story.published is None:
        return now - story.first_seen <= SAME_TITLE_UNDATED
    return abs(entry.published - story.published) <= SAME_TITLE_WITHIN


def _repeat(item: Identified, earlier: dict[str, int], items: list[Identified]) -> Identified:
    """An entry that the same document already held. The same title alone is not enough here: two items stand side by
    side because their publisher holds them for two.
    """
    for key in (item.keys.url, item.keys.guid):
        if key is not None and key in earlier:
            index = earlier[key]
            first = items[index]
            if key == item.keys.guid and item.keys.url and first.keys.url and item.keys.title != first.keys.title:
                continue
            verdict = Verdict.SEEN if item.keys.content == first.keys.content else Verdict.REVISED
            return Identified(item.entry, item.keys, verdict, "twice in one document", first.story, index)
    return item


def _reissued(item: Identified, by_key: dict[str, list[Known]]) -> Identified:
    """In a re-issued feed even a title alone, at whatever date, is enough to be held back."""
    story = item.story
    if story is None and item.keys.title is not None:
        found = _newest(by_key.get(item.keys.title, ()))
        story = found.story if found else None
    if story is None:
        return item
    return Identified(
        item.entry, item.keys, Verdict.REISSUED, "a known story in a feed that re-issued its items", story
    )


def _baseline(items: list[Identified], backfill: int) -> list[Identified]:
    """On the first poll everything is history but the newest `backfill` stories."""
    own = [i for i, item in enumerate(items) if item.verdict is Verdict.NEW]
    dated = sorted(own, key=lambda i: (_stamp(items[i].entry), -i), reverse=True)
    kept = set(dated[:backfill])
    return [
        item
        if i in kept or item.verdict is not Verdict.NEW
        else Identified(item.entry, item.keys, Verdict.BASELINE, "there when the feed was first asked")
        for i, item in enumerate(items)
    ]


def _stamp(entry: Entry) -> float:
    return entry.published.timestamp() if entry.published else float("-inf")
