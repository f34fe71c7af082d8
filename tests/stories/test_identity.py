"""The same entry is never new twice, and a new one never taken for old."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.feeds.records import Entry
from monitor.stories.identity import Identification, Known, Verdict, identify

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Memory:
    """A database in a dictionary: stores what `identify` says, as its caller should."""

    def __init__(self, feed: str = "f") -> None:
        self.feed = feed
        self.stories: dict[int, Known] = {}

    def take(self, entries: Sequence[Entry], now: datetime = NOW, **options: bool | int) -> Identification:
        first_poll = not self.stories and bool(options.pop("baseline", False))
        found = identify(self.feed, entries, self.stories.values(), now, first_poll=first_poll, **options)  # type: ignore[arg-type]
        ids: list[int] = []
        for item in found.items:
            story = item.story
            if story is None and item.repeats is not None:
                story = ids[item.repeats]
            if story is None:
                story = len(self.stories) + 1
                published = item.entry.published
                self.stories[story] = Known(story, frozenset(), frozenset(), now, published, self.feed)
            old = self.stories[story]
            keys, contents = old.keys | set(item.keys.names()), old.contents | {item.keys.content}
            self.stories[story] = replace(old, keys=keys, contents=contents)
            ids.append(story)
        return found


def entry(n: int, **changes: object) -> Entry:
    base = Entry(
        guid=f"guid-{n}",
        link=f"https://news.example/story-{n}",
        title=f"Something happened today in place number {n}",
        summary=f"Details of it, {n}.",
        published=NOW - n * HOUR,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def verdicts(found: Identification) -> list[str]:
    return [str(item.verdict) for item in found.items]


def test_an_entry_is_new_once() -> None:
    memory = Memory()
    assert verdicts(memory.take([entry(1), entry(2)])) == ["new", "new"]
    assert verdicts(memory.take([entry(2), entry(1)])) == ["seen", "seen"]


def test_an_edited_story_is_a_revision_and_flipping_back_is_none() -> None:
    memory = Memory()
    memory.take([entry(1)])
    edited = entry(1, title="Something else happened in place number 1 after all")
    assert verdicts(memory.take([edited])) == ["revised"]
    assert verdicts(memory.take([entry(1)])) == ["seen"]
    assert verdicts(memory.take([edited])) == ["seen"]
    assert len(memory.stories) == 1


def test_case_and_punctuation_are_no_revision() -> None:
    memory = Memory()
    memory.take([entry(1)])
    assert verdicts(memory.take([entry(1, title="SOMETHING happened today, in place number 1!")])) == ["seen"]


def test_tracking_parameters_and_a_new_guid_do_not_make_a_story_new() -> None:
    memory = Memory()
    memory.take([entry(1)])
    again = entry(1, guid="other", link="http://www.news.example/story-1?utm_source=x#top")
    assert verdicts(memory.take([again])) == ["seen"]


def test_a_guid_used_again_for_another_story_is_new() -> None:
    memory = Memory()
    memory.take([entry(1)])
    other = entry(2, guid="guid-1")
    assert verdicts(memory.take([other])) == ["new"]


def test_a_story_that_moved_to_another_address_is_the_same() -> None:
    memory = Memory()
    memory.take([entry(1)])
    assert verdicts(memory.take([entry(1, link="https://news.example/2026/11/story-1")])) == ["seen"]


def test_the_same_headline_next_day_is_another_story() -> None:
    memory = Memory()
    memory.take([entry(1)])
    tomorrow = entry(1, guid="x", link="https://news.example/x", published=NOW + 23 * HOUR, summary="Other details.")
    assert verdicts(memory.take([tomorrow], NOW + 24 * HOUR)) == ["new"]


def test_the_same_headline_within_hours_under_new_names_is_the_same_story() -> None:
    memory = Memory()
    memory.take([entry(1)])
    again = entry(1, guid="x", link="https://news.example/x", published=NOW)
    assert verdicts(memory.take([again], NOW + HOUR)) == ["seen"]


def test_short_headlines_name_nothing() -> None:
    memory = Memory()
    memory.take([entry(1, title="Live updates")])
    assert verdicts(memory.take([entry(2, title="Live updates")])) == ["new"]


def test_two_items_side_by_side_under_one_headline_are_two() -> None:
    same = "A headline that two items of one feed share"
    assert verdicts(Memory().take([entry(1, title=same), entry(2, title=same)])) == ["new", "new"]


def test_an_item_twice_in_a_document_is_one() -> None:
    found = Memory().take([entry(1), entry(1)])
    assert verdicts(found) == ["new", "seen"]
    assert found.items[1].repeats == 0


def test_one_url_under_every_item_names_none_of_them() -> None:
    memory = Memory()
    entries = [entry(n, link="https://news.example/front") for n in range(5)]
    assert verdicts(memory.take(entries)) == ["new"] * 5
    assert verdicts(memory.take(entries)) == ["seen"] * 5


def test_one_guid_under_every_item_names_none_of_them() -> None:
    memory = Memory()
    entries = [entry(n, guid="0") for n in range(5)]
    assert verdicts(memory.take(entries)) == ["new"] * 5
    assert verdicts(memory.take([entry(9, guid="0"), *entries[:4]])) == ["new", *["seen"] * 4]


def test_a_feed_that_re_issues_all_its_names_is_quarantined() -> None:
    memory = Memory()
    memory.take([entry(n) for n in range(20)])
    moved = [entry(n, guid=f"new-{n}", link=f"https://new.example/{n}", published=NOW + HOUR) for n in range(19)]
    found = memory.take([entry(99), *moved], NOW + 2 * HOUR)
    assert found.quarantined
    assert "19 of 20" in found.reason
    assert verdicts(found) == ["new", *["reissued"] * 19]
    assert not memory.take([entry(99), *moved], NOW + 3 * HOUR).quarantined


def test_a_busy_night_is_no_re_issue() -> None:
    memory = Memory()
    memory.take([entry(n) for n in range(20)])
    found = memory.take([entry(n) for n in range(100, 120)])
    assert not found.quarantined
    assert verdicts(found) == ["new"] * 20


def test_the_first_poll_sets_the_baseline() -> None:
    found = Memory().take([entry(n) for n in range(5)], baseline=True, backfill=2)
    assert verdicts(found) == ["new", "new", "baseline", "baseline", "baseline"]


def test_a_story_without_any_name_but_its_title_is_known_again() -> None:
    memory = Memory()
    bare = entry(1, guid=None, link=None, published=None)
    assert verdicts(memory.take([bare])) == ["new"]
    assert verdicts(memory.take([bare], NOW + HOUR)) == ["seen"]


_documents = st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=8, unique=True), min_size=1, max_size=6)


@settings(max_examples=150, deadline=None)
@given(_documents, st.randoms(use_true_random=False))
def test_order_repetition_and_disguise_change_no_set_of_stories(documents: list[list[int]], random) -> None:  # type: ignore[no-untyped-def]
    def disguised(n: int) -> Entry:
        link = random.choice(
            ["https://news.example/story-{}", "http://www.news.example/story-{}/?utm_medium=x"]
        ).format(n)
        return entry(n, link=link, guid=random.choice([f"guid-{n}", f"again-{n}"]))

    plain, tricky = Memory(), Memory()
    told_plain: set[int] = set()
    told_tricky: set[int] = set()
    for step, document in enumerate(documents):
        now = NOW + step * HOUR
        found = plain.take([entry(n) for n in document], now)
        told_plain |= {int(i.entry.title.split()[-1]) for i in found.of(Verdict.NEW)}
        shuffled = random.sample(document, len(document)) + random.choices(document, k=2)
        found = tricky.take([disguised(n) for n in shuffled], now)
        new = [int(i.entry.title.split()[-1]) for i in found.of(Verdict.NEW)]
        assert len(new) == len(set(new))
        assert not told_tricky & set(new)
        told_tricky |= set(new)
    assert told_plain == told_tricky


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 8), max_size=10))
def test_taking_a_document_twice_adds_nothing(numbers: list[int]) -> None:
    memory = Memory()
    entries = [entry(n) for n in numbers]
    memory.take(entries)
    assert set(verdicts(memory.take(entries))) <= {"seen"}
