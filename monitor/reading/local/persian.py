"""Persian words and clauses: verb forms generated from their two stems, clauses closed by their final verb."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from .arabic import QUOTES
from .clauses import Clause
from .lexicon import Hit, Lexicon, Shapes, rows
from .tokens import Token, fold

_VERBS = Path(__file__).parents[1] / "lexicons" / "fa" / "verbs.tsv"
_NOUN_ENDINGS = tuple(
    "هایشان هایش هایمان هایم های هایی ها ان ات ی ای اش شان مان م یم یی یان گان اند ایم یند".split()  # noqa: SIM905
)
_PAST_ENDINGS = ("", "م", "یم", "ید", "ند")
_PRESENT_ENDINGS = ("م", "ی", "د", "یم", "ید", "ند")
_FUTURE = {f"خواه{ending}" for ending in ("م", "ی", "د", "یم", "ید", "ند")}
_IS = "است هست هستند هستیم هستم بود بودند بودیم باشد باشند باشیم میباشد اند"
_IS_NOT = "نیست نیستند نیستیم نیستم نبود نبودند نبودیم نباشد نباشند نباشیم"
_BE = {**dict.fromkeys(_IS.split(), False), **dict.fromkeys(_IS_NOT.split(), True)}
# Forms without prefix that are no other word.
_BARE = frozenset(("شویم", "کنیم", "دهیم", "گیریم", "شوم", "کنم"))
# Adjectives with the copula written on: "we are committed".
_PREDICATES = "پایبندیم پایبندند متعهدیم متعهدند موافقیم موافقند مخالفیم مخالفند امادهایم امادهاند خواهانیم مصممیم"
_BECAME = {
    **dict.fromkeys(["شد", "شدند", "شدیم", "شدم", "شود", "شوند", "میشود", "میشوند", "شده", "بشود"], False),
    **dict.fromkeys(["نشد", "نشدند", "نشود", "نشوند", "نمیشود", "نمیشوند", "نشده"], True),
}
_MUST_NOT = frozenset(["نباید", "نبایستی", "نبایست", "نمیتوان", "نتوان", "نمیباید"])
_MARK = frozenset(("",))
_STOPS = frozenset(".!؟?;؛\n…|")
_PAUSES = frozenset(":،,—–")
_OPENERS = frozenset(["که", "اما", "ولی", "بلکه", "زیرا", "چون", "درحالیکه"])


@dataclass(frozen=True, slots=True)
class _Form:
    stem: str
    negated: bool
    finite: bool


@cache
def _forms() -> dict[str, tuple[_Form, ...]]:
    """Every written form of the verbs of verbs.tsv, to the past stem it belongs to."""
    forms: dict[str, set[_Form]] = {}
    for row in rows(_VERBS):
        past, present = (fold(cell, "fa").replace("\u200c", "") for cell in row[:2])
        # A prefixed verb (bar-gasht, bar-mi-gardad) is written with its prefix in both stems, parted by `+`.
        prefix, past = past.split("+") if "+" in past else ("", past)
        present = present.split("+")[-1]
        name = prefix + past
        linked = ("", "ی") if present[-1:] in ("ا", "و") else ("",)
        # "uftad" after a prefix: "bi-y-uftad" is written without its first letter.
        short = [present[1:] + ending for ending in _PRESENT_ENDINGS] if present.startswith("افت") else []
        for form in short:
            for lead, negated in (("بی", False), ("نی", True)):
                forms.setdefault(prefix + lead + form, set()).add(_Form(name, negated, True))
        presents = [present + link + ending for link in linked for ending in _PRESENT_ENDINGS]
        for ending in _PAST_ENDINGS:
            for lead, negated in (("", False), ("می", False), ("ن", True), ("نی", True), ("نمی", True)):
                forms.setdefault(prefix + lead + past + ending, set()).add(_Form(name, negated, True))
        for form in presents:
            bare_ok = not form.endswith("ی")
            for lead, negated in (("می", False), ("نمی", True), ("ب", False), ("بی", False), ("ن", True), ("نی", True)):
                if lead in ("می", "نمی") or bare_ok:
                    forms.setdefault(prefix + lead + form, set()).add(_Form(name, negated, True))
            if form.endswith("د") or form in _BARE:
                forms.setdefault(prefix + form, set()).add(_Form(name, False, True))
        for lead, negated in (("", False), ("ن", True), ("نی", True)):
            forms.setdefault(prefix + lead + past + "ه", set()).add(_Form(name, negated, False))
            for ending in ("ام", "ایم", "اید", "اند"):
                forms.setdefault(prefix + lead + past + "ه" + ending, set()).add(_Form(name, negated, True))
    for word in _PREDICATES.split():
        forms.setdefault(word, set()).add(_Form("بود", False, True))
    for word, negated in _BE.items():
        forms.setdefault(word, set()).add(_Form("بود", negated, True))
    return {word: tuple(sorted(found, key=lambda form: (form.stem, form.negated))) for word, found in forms.items()}


@lru_cache(maxsize=65536)
def stems(norm: str) -> Shapes:
    """A folded word and what it is without the endings of nouns."""
    found = {norm, "=" + norm, "#" + norm}
    for ending in _NOUN_ENDINGS:
        if norm.endswith(ending) and len(norm) - len(ending) >= 3:
            stem = norm[: -len(ending)]
            found.update((stem, "#" + stem))
            for second in ("ی", "ها", "ات"):
                if stem.endswith(second) and len(stem) - len(second) >= 3:
                    found.add(stem[: -len(second)])
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Unit:
    """A word, or a verb with its auxiliaries: tokens `first`..`last`."""

    first: int
    last: int
    shapes: Shapes
    word: bool
    verb: bool = False
    negated: bool = False
    pluperfect: bool = False


def units(tokens: Sequence[Token]) -> list[Unit]:
    """The tokens of a part with verb groups drawn together: `nakhahad shod`, `gerefte bud`, `natavanest ... shavad`."""
    found: list[Unit] = []
    forms = _forms()
    carried = False
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if not token.word:
            if token.norm in _STOPS or token.norm in _PAUSES:
                carried = False
            found.append(Unit(at, at, _MARK if token.norm in QUOTES else frozenset(), False))
            at += 1
            continue
        norm = token.norm
        if norm in _MUST_NOT:
            carried = True
            at += 1
            continue
        later = [tokens[k].norm for k in range(at + 1, min(at + 2, len(tokens))) if tokens[k].word]
        if norm.removeprefix("ن") in _FUTURE and later and _known(later[0]):
            carried = carried or norm[0] == "ن"
            at += 1
            continue
        choices = forms.get(norm, ())
        if not choices:
            found.append(Unit(at, at, stems(norm), True))
            at += 1
            continue
        last = at
        negated = any(form.negated for form in choices) and not any(not form.negated for form in choices)
        finite = any(form.finite for form in choices)
        pluperfect = False
        if any(not form.finite for form in choices):
            if last + 1 < len(tokens) and tokens[last + 1].joined and tokens[last + 1].norm in _BECAME:
                # "the kidnapped", "the suspended": an adjective, old news about its noun.
                found.append(Unit(at, at + 1, frozenset((norm + tokens[at + 1].norm,)), True))
                at += 2
                continue
            while last + 1 < len(tokens) and tokens[last + 1].norm in {**_BE, **_BECAME}:
                follower = tokens[last + 1].norm
                negated = negated or _BE.get(follower, False) or _BECAME.get(follower, False)
                pluperfect = pluperfect or follower.startswith("بود") or follower.startswith("نبود")
                finite, last = True, last + 1
            if last + 2 < len(tokens) and tokens[last + 1].norm.removeprefix("ن") in _FUTURE:
                negated = negated or tokens[last + 1].norm[0] == "ن"
                finite, last = True, last + 2
            at_end = last + 1 >= len(tokens) or not tokens[last + 1].word or tokens[last + 1].norm == "و"
            finite = finite or at_end
        names = frozenset("~" + form.stem for form in choices)
        if negated and (names == {"~توانست"} or norm.startswith(("نمیگذار", "نگذار", "نخواهیمگذاشت"))):
            carried = True
            found.append(Unit(at, last, stems(norm), True))
            at = last + 1
            continue
        negated = negated != carried if finite else negated
        carried = carried and not finite
        found.append(Unit(at, last, stems(norm) | names, True, finite, negated and finite, pluperfect))
        at = last + 1
    return found


def _known(norm: str) -> bool:
    return any(form.finite and not form.negated for form in _forms().get(norm, ()))


def clauses(parts: Sequence[Unit], tokens: Sequence[Token], hits: Sequence[Hit], lexicon: Lexicon) -> list[Clause]:
    """The clauses of a part in order (in units): each ends with its finite verb, a mark, or a conjunction.

    A phrase such as `after two weeks of bombing` inside a clause becomes a clause of its own, skipped in the other.
    """
    starts = {hit.first: hit for hit in hits}
    spans = {at: hit for hit in hits for at in hit.tokens}
    found: list[Clause] = []
    begin, kind = 0, "main"
    aside: int | None = None  # where an `after` phrase began in the open clause

    def close(end: int, next_kind: str, verb: Unit | None = None) -> None:
        nonlocal begin, kind, aside
        whole = "old" if verb is not None and verb.pluperfect else kind
        if verb is not None and verb.negated and tokens[parts[begin].first].norm == "تا":
            whole = "if"  # "until they lay down ..."
        negated = verb is not None and verb.negated
        if end >= begin and aside is None:
            found.append(Clause(begin, end, whole, negated))
        elif aside is not None:
            inner = [hit for hit in hits if aside <= hit.first and hit.last <= end]
            last = (
                end
                if verb is None
                else _end_of_aside(aside, end, inner, any(_tells(hit) and begin <= hit.first < aside for hit in hits))
            )
            if last >= aside and any(_tells(hit) and hit.last <= last for hit in inner):
                found.append(Clause(aside, last, starts[aside].entry.kind))
                skip = (aside, last)
                if begin < aside or last < end:
                    found.append(Clause(begin, end, whole, negated, skip))
            else:
                found.append(Clause(begin, end, whole, negated))
        begin, kind, aside = end + 1, next_kind, None

    for at, unit in enumerate(parts):
        if not unit.word:
            mark = tokens[unit.first].norm
            if mark in _STOPS or mark in _PAUSES:
                # "Analysis: ...", "Poll: ...": what follows such a heading is no news.
                muted = mark == ":" and begin == 0 and any(starts[k].entry.kind == "mute" for k in starts if k < at)
                close(at, "old" if muted else "main")
            continue
        hit = starts.get(at)
        if hit is not None and hit.entry.kind in ("after", "despite", "if", "old", "which"):
            if hit.entry.kind == "old":
                kind = "old"
            elif hit.entry.kind in ("after", "despite"):
                aside = at if aside is None else aside
            else:
                close(at - 1, hit.entry.kind)
            continue
        if tokens[unit.first].norm in _OPENERS and at > begin:
            close(at - 1, "main")
            continue
        inside = spans.get(at)
        if inside is not None and inside.last == at and inside.entry.pattern.endswith(" و"):
            close(at, "main")
        elif unit.verb and (inside is None or (inside.last == at and inside.entry.kind != "name")):
            close(at, "main", unit)
    close(len(parts) - 1, "main")
    return found


def _tells(hit: Hit) -> bool:
    """Whether the hit is a noun with a direction of its own."""
    return not hit.entry.verbal and hit.entry.kind in ("hostile", "peaceful", "hostile?", "peaceful?", "threat")


def _end_of_aside(first: int, last: int, inner: Sequence[Hit], told_before: bool) -> int:
    """Where an `after` phrase without a comma ends, given the entries from it to the verb at `last`.

    It takes in its first event and leaves the second, or the event of the final verb, to the main clause; a single
    event belongs to the main clause if the final verb needs one (`stopped`) and nothing before the phrase gives it.
    """
    events = [hit for hit in inner if _tells(hit)]
    final = next((hit for hit in inner if hit.last == last and hit.entry.verbal), None)
    if final is not None and final.entry.kind.rstrip("?") in ("hostile", "peaceful", "threat"):
        return final.first - 1
    if len(events) > 1:
        between = [hit.first for hit in inner if events[0].last < hit.first <= events[1].first]
        return min(between) - 1
    if events and final is not None and not told_before:
        return (
            min(hit.first for hit in inner if hit.first > first and hit.entry.kind not in ("after", "despite", "name"))
            - 1
        )
    return last if final is None else final.first - 1
