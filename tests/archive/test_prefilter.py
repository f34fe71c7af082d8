"""What the prefilter passes over, the matcher would not have found."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.archive.fields import BadFieldsError, plain_text, story_of
from monitor.reading.matching import Matcher
from monitor.reading.records import Text
from monitor.shipped import watchlists_dir
from monitor.watchlists import Watchlist, read_watchlists

_LISTS = [*read_watchlists(watchlists_dir()), *read_watchlists(watchlists_dir() / "examples")]
_MATCHER = Matcher(_LISTS)
_WORDS = sorted(
    {
        word
        for watchlist in _LISTS
        for term in (*watchlist.names, *watchlist.people, *watchlist.titles, *watchlist.related)
        for phrase in term.phrases
        for word in phrase.split()
    }
)
_PHRASES = sorted(
    {
        phrase
        for watchlist in _LISTS
        for term in (*watchlist.names, *watchlist.people, *watchlist.titles, *watchlist.related)
        for phrase in term.phrases
    }
)


def _slip(word: str, at: int, how: str) -> str:
    at %= len(word)
    changed = {
        "as it is": word,
        "doubled": word[:at] + word[at] + word[at:],
        "left out": word[:at] + word[at + 1 :],
        "swapped": word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
        "upper": word.upper(),
        "lower": word.lower(),
        "al-": f"al-{word}",
        "possessive": f"{word}’s",
        "plural": f"{word}s",
        "quoted": f"“{word}”,",
        "soft": word[:at] + "\u00ad" + word[at:],
        "zero width": word[:at] + "\u200b" + word[at:],
        "Arabic and": f"و{word}",
        "joined": f"#{word.replace(' ', '')}",
        "glued": f"{word}Read more",
    }
    return changed[how]


_HOW = st.sampled_from(
    ["as it is", "doubled", "left out", "swapped", "upper", "lower", "al-", "possessive", "plural", "quoted", "soft",
     "zero width", "Arabic and", "joined", "glued"]
)  # fmt: skip
_piece = st.one_of(
    st.builds(_slip, st.sampled_from(_WORDS), st.integers(0, 30), _HOW),
    st.builds(_slip, st.sampled_from(_PHRASES), st.integers(0, 60), _HOW),
    st.text(max_size=8),
    st.sampled_from(["in", "of", "Iraq", "leader", "the", "-", "–", "al", "<b>", "</b>", "&nbsp;", "&#39;", "\n", "و"]),
)
_text = st.lists(_piece, max_size=12).flatmap(
    lambda pieces: st.sampled_from([" ", "-", "\n", "", "\u00a0", "\u200c"]).map(lambda between: between.join(pieces))
)


@settings(max_examples=400, deadline=None)
@given(title=_text, summary=_text)
def test_what_the_sieve_passes_over_the_matcher_would_not_find(title: str, summary: str) -> None:
    if not _MATCHER.may_match(f"{title}\n{summary}\n"):
        assert _MATCHER.match(Text(title, summary)) == []


@settings(max_examples=400, deadline=None)
@given(title=_text, summary=_text)
def test_a_row_passed_over_before_it_is_cleaned_holds_nothing_once_it_is(title: str, summary: str) -> None:
    row = {"date": "2023-10-07", "title": title, "summary": summary}
    plain = plain_text(row)
    if plain is not None and not _MATCHER.may_match(plain):
        try:
            story = story_of(row)
        except BadFieldsError:
            return
        assert _MATCHER.match(story.text) == []


def test_every_watched_phrase_passes() -> None:
    assert [phrase for phrase in _PHRASES if not _MATCHER.may_match(f"Something about {phrase} today")] == []


def test_text_without_any_watched_name_is_passed_over() -> None:
    assert not _MATCHER.may_match("House prices rise again\nA view of homes in Sydney")


def test_no_watched_phrase_at_all_passes_nothing() -> None:
    only_typo = Watchlist(id="x", name="X", names=("Zzyzx Road",))  # type: ignore[arg-type]
    assert not Matcher([only_typo]).may_match("House prices rise")
