"""What a headline takes back: someone reported dead is alive, a claim is denied or withdrawn by whoever made it.

Few things are retractions. A denial of a part in something ("denies involvement") says nothing about whether it
happened; an accused's denial of a strike is one more claim; a denial of talks has nothing to do with a truce. So a
headline contradicts another only where both speak of the same kind of act, nothing they name sets them apart, and the
one who takes it back is the one whose word decides: the actor itself on its own truce or its own claim, the outlet on
its own report. The words are in `denials.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from ..yamlfile import read_data

# A name that ends so near before a denial (characters) is the one who denies; one so near a death is the dead.
NEAR = 60
# Words of a part in something stand right behind the denial.
PART_WITHIN = 30
_NAME = re.compile(r"[^\W\d_][\w'’.-]*")
_PREFIXES = re.compile(r"^(وال|بال|فال|كال|ال|لل|و|ب|ل)(?=\w{3,})")


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline about a watchlist. `names`: (start, end) of its direct mentions, in characters.

    `person`: the watchlist follows one person, so that whoever it names is the same one; `group` are words of the
    watchlist's own name, which set no member of it apart from another.
    """

    text: str
    lang: str
    names: tuple[tuple[int, int], ...]
    person: bool = False
    group: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Denial:
    """What a headline takes back. `act` the kind of happening; `what` the words that say which.

    `own`: the actor itself denies it, or shows itself alive.
    """

    kind: Literal["alive", "denied", "withdrawn"]
    act: str
    what: str
    own: bool


def denial_in(headline: Headline) -> Denial | None:
    """What a headline takes back of anything; None for nearly all."""
    words = _words(headline.lang)
    if words is None or not headline.names:
        return None
    text = headline.text.lower()
    for kind in ("deny", "withdraw"):
        found = words[kind].search(text)
        if found:
            return _denied(headline, text, found, kind, words)
    shown, alive = words["shown"].search(text), words["alive"].search(text)
    first = min((m for m in (shown, alive) if m), key=lambda m: m.start(), default=None)
    if first is None:
        return None
    before = any(start < first.start() for start, _ in headline.names)
    if headline.lang == "en" and not before:
        return None
    return Denial("alive", "death", headline.text, shown is not None)


def _denied(headline: Headline, text: str, found: re.Match[str], kind: str, words: Any) -> Denial | None:
    own = any(end <= found.start() and found.start() - end <= NEAR for _, end in headline.names)
    if headline.lang == "en":
        start, what = found.end(), headline.text[found.end() :]
        own = own or any(text[:name].endswith("by ") and name > found.start() for name, _ in headline.names)
    else:  # the verb may stand first or last: what is denied is all of it
        start, what = 0, headline.text
        own = own or any(0 <= name - found.end() <= 3 for name, _ in headline.names)
    part = words["part"].search(text, start)
    act = _first_act(text, words, start, found)
    if act is None or (part and part.start() - start <= PART_WITHIN and part.start() <= act[1]):
        return None
    if part and headline.lang != "en":
        return None
    if act[0] == "death":
        return Denial("alive", "death", headline.text, False)
    return Denial("denied" if kind == "deny" else "withdrawn", act[0], what, own)


def contradicts(denial: Denial, by: Headline, owner: str, told: Headline, owners: Iterable[str], spoken: bool) -> bool:
    """Whether what headline `by` of an outlet takes back is what was `told`, of these `owners`.

    `spoken`: in what was told the actor spoke or acted itself (its role in the reading).
    """
    words = _words(told.lang)
    if words is None:
        return False
    text = told.text.lower()
    if denial.kind == "alive":
        return _was_dead(told, text, words) and _same_person(by, told)
    act = _first_act(text, words)
    if act is None or act[0] != denial.act or _names_apart(denial, by, told):
        return False
    if denial.kind == "withdrawn" and owner in set(owners):
        return True
    claimed = spoken and _claims(told, text, words)
    return denial.own and (claimed or _word_decides(denial.act, words))


def _was_dead(told: Headline, text: str, words: Any) -> bool:
    """Whether a headline says that someone named in it is dead."""
    if words["deny"].search(text) or words["alive"].search(text):
        return False
    for dead in words["dead"].finditer(text):
        for start, end in told.names:
            low, high = (end, dead.start()) if end <= dead.start() else (dead.end(), start)
            if 0 <= high - low <= NEAR and ":" not in text[low:high]:
                return True
    return False


def _same_person(by: Headline, told: Headline) -> bool:
    if told.person and by.person:
        return True
    if by.lang != told.lang:
        return False
    ours, theirs = _telling_words(by, told.group), _telling_words(told, told.group)
    return bool(ours & theirs)


def _names_apart(denial: Denial, by: Headline, told: Headline) -> bool:
    """Whether what is denied names something and none of it is named in what was told."""
    if by.lang != told.lang:
        words = _words(by.lang)
        return words is None or not _word_decides(denial.act, words)
    named = _telling_words(Headline(denial.what, by.lang, ()), told.group | _mentioned(by))
    known = {_bare(word.lower(), told.lang) for word in _NAME.findall(told.text)}
    return bool(named) and not named & known


def _telling_words(headline: Headline, leave_out: frozenset[str]) -> frozenset[str]:
    """The words that could set one happening apart from another: names in English, longer words elsewhere."""
    words = _words(headline.lang)
    assert words is not None
    found = set()
    for word in _NAME.findall(headline.text):
        capital = word[0].isupper() if headline.lang == "en" else len(word) >= 4
        plain = _bare(word.lower(), headline.lang)
        if not capital or plain in leave_out or plain in words["common"] or word.lower() in words["common"]:
            continue
        kinds = ("any", "deny", "claim", "part", "dead", "alive", "shown")
        if headline.lang != "en" and any(words[kind].fullmatch(each) for kind in kinds for each in (word, plain)):
            continue
        found.add(plain)
    return frozenset(found)


def words_of(phrases: Iterable[str]) -> frozenset[str]:
    """The words of names, as headlines are compared by."""
    return frozenset(_bare(word.lower(), "ar") for phrase in phrases for word in _NAME.findall(phrase))


def _mentioned(headline: Headline) -> frozenset[str]:
    return words_of(headline.text[start:end] for start, end in headline.names)


def _bare(word: str, lang: str) -> str:
    """A word without possessive, stops and (Arabic) article."""
    word = re.sub(r"['’]s?$", "", word).replace(".", "").replace("'", "").replace("’", "")
    return _PREFIXES.sub("", word) if lang != "en" or not word.isascii() else word


def _claims(told: Headline, text: str, words: Any) -> bool:
    """Whether the actor says it itself: a word of saying close to its name."""
    for claim in words["claim"].finditer(text):
        if any(0 <= claim.start() - end <= 3 or 0 <= start - claim.end() <= 3 for start, end in told.names):
            return True
        if told.lang == "fa" and any(end <= claim.start() for _, end in told.names):
            return True
    return False


def _first_act(text: str, words: Any, start: int = 0, denial: re.Match[str] | None = None) -> tuple[str, int] | None:
    """The kind of act that a headline speaks of first, and where; the denial itself left out."""
    hits = [
        (match.start(), place, name)
        for place, (name, pattern, _) in enumerate(words["acts"])
        for match in pattern.finditer(text, start)
        if denial is None or match.end() <= denial.start() or match.start() >= denial.end()
    ]
    if not hits:
        return None
    at, _, name = min(hits)
    return name, at


def _word_decides(act: str, words: Any) -> bool:
    return any(name == act and word for name, _, word in words["acts"])


@cache
def _words(lang: str) -> dict[str, Any] | None:
    table = _table().get(lang)
    if table is None:
        return None
    found: dict[str, Any] = {
        kind: _pattern(table[kind]) for kind in ("alive", "shown", "dead", "deny", "withdraw", "part", "claim")
    }
    found["acts"] = [(act["name"], _pattern(act["words"]), act["word"]) for act in table["acts"]]
    found["any"] = _pattern([word for act in table["acts"] for word in act["words"]])
    found["common"] = frozenset(table["common"]) | {_bare(word, lang) for word in table["common"]}
    return found


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)")


@cache
def _table() -> dict[str, Any]:
    loaded: dict[str, Any] = read_data(Path(__file__).with_name("denials.yaml"))
    return loaded
