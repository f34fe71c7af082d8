"""Arabic words and clauses: clitics and verb persons taken off, sentences cut where a new predication begins."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from .clauses import Clause
from .lexicon import Hit, Lexicon, Shapes
from .tokens import Token

_PRONOUNS = ("ها", "هم", "هما", "هن", "كم", "نا", "ه", "ك", "ي", "ني")
_ENDINGS = ("ون", "ين", "ان", "ات", "وا", "تا", "ا", "ت", "ه", "تين", "تان", "يا", "ن", "تم", "تهم")
_CONJUNCTIONS = ("و", "ف")
_PREPOSITIONS = ("ب", "ل", "ك")
_PERSONS = ("ي", "ت", "ن", "ا")
# Two persons cannot follow each other.
_NO_PERSON = ("ني", "اي", "يي")
_STOPS = frozenset(".!؟?;؛\n…|")
_PAUSES = frozenset(":،,—–")
QUOTES = frozenset("«»\"“”'‘’")
_MARK = frozenset(("",))
# `illa` (except) and `alla` (not to) look alike once folded; only the second stands before a verb.
_EXCEPT = ("الا", "والا")
_ILLA = frozenset(("=illa",))
# Words that open a clause of their own without being background.
_OPENERS = frozenset(
    ["فيما", "بينما", "لكن", "ولكن", "بل", "كما", "وفيما", "وبينما", "لكنه", "لكنها", "لكنهم", "ولكنه", "ولكنها"]
)

# How the main clause begins after a condition.
_THEN = ("فكل", "فان", "فس", "فلن", "فلا", "فال", "فهو", "فهي", "فنحن", "فقد", "فليس", "فلكل")


@lru_cache(maxsize=65536)
def shapes(norm: str) -> Shapes:
    """All a folded word may be: itself and its stems without conjunction, preposition, article, person, endings."""
    bare = {norm}
    if len(norm) > 2 and norm[0] in _CONJUNCTIONS:
        bare.add(norm[1:])
    # Verb persons are looked for before prepositions are taken off, except after the `l-` of purpose.
    verbal = set(bare) | {word[1:] for word in bare if len(word) > 3 and word[0] == "ل"}
    for word in tuple(bare):
        if len(word) > 3 and word[0] in _PREPOSITIONS:
            bare.add(word[1:])
    for word in tuple(bare):
        if word.startswith("ال") and len(word) > 4:
            bare.add(word[2:])
        if word.startswith("لل") and len(word) > 4:
            bare.add(word[2:])
    verbs = set()
    for word in verbal:
        if len(word) > 3 and word[0] == "س" and word[1] in _PERSONS:
            verbs.add(word[1:])
    for word in (*verbal, *verbs):
        if len(word) > 2 and word[0] in _PERSONS and word[:2] not in _NO_PERSON:
            verbs.add(word[1:])
    stems = bare | verbs
    for word in tuple(stems):
        for pronoun in _PRONOUNS:
            if word.endswith(pronoun) and len(word) - len(pronoun) >= 2:
                stems.add(word[: -len(pronoun)])
    for word in tuple(stems):
        for ending in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= 2:
                stems.add(word[: -len(ending)])
        # The bound form of the feminine ending: `hudnatuhum` is `hudna`.
        if word.endswith("ت") and len(word) > 3:
            stems.add(word[:-1] + "ه")
    # `=`: as written; `#`: as written but for the article and what stands before it.
    exact = {norm, norm[1:]} if len(norm) > 2 and norm[0] in _CONJUNCTIONS else {norm}
    plain = set(exact)
    for word in tuple(plain):
        plain.update(word.removeprefix(lead) for lead in ("ال", "بال", "لل", "كال") if len(word) > len(lead) + 2)
    return frozenset(stems | {"=" + word for word in exact} | {"#" + word for word in plain})


def read_shapes(tokens: Sequence[Token]) -> list[Shapes]:
    """The shapes of each token; marks other than quotation marks have none, so no pattern reaches across them."""
    found: list[Shapes] = []
    for at, token in enumerate(tokens):
        if not token.word:
            found.append(_MARK if token.norm in QUOTES else frozenset())
        elif token.norm in _EXCEPT and not (at + 1 < len(tokens) and tokens[at + 1].norm[0] in "يتن"):
            found.append(_ILLA)
        else:
            found.append(shapes(token.norm))
    return found


def clauses(tokens: Sequence[Token], hits: Sequence[Hit], lexicon: Lexicon) -> list[Clause]:
    """The clauses of a part in order, each with its kind."""
    starts = {hit.first: hit for hit in hits}
    found: list[Clause] = []
    begin, kind = 0, "main"
    sentence_kind = "main"
    seen_value = governed = False

    def close(end: int, next_kind: str) -> None:
        nonlocal begin, kind, seen_value, governed
        if end >= begin:
            found.append(Clause(begin, end, kind))
        begin, kind, seen_value, governed = end + 1, next_kind, False, False

    def verb_ahead(at: int) -> bool:
        for later in range(at + 1, min(at + 4, len(tokens))):
            if not tokens[later].word:
                return False
            if later in starts and tokens[later].norm[0] in "يت" and starts[later].entry.kind not in ("name", "which"):
                return True
        return False

    for at, token in enumerate(tokens):
        if not token.word:
            if token.norm in _STOPS:
                sentence_kind = "main"
                close(at, "main")
            elif token.norm in _PAUSES:
                # "Analysis: ...", "Poll: ...": what follows such a heading is no news.
                muted = (
                    token.norm == ":" and begin == 0 and any(starts[k].entry.kind == "mute" for k in starts if k < at)
                )
                close(at, "old" if muted else sentence_kind)
            continue
        hit = starts.get(at)
        entry = hit.entry if hit else None
        if entry is not None and entry.kind in ("after", "despite", "if", "old", "which"):
            if entry.kind == "old" and not seen_value:
                kind = sentence_kind = "old"
            else:
                close(at - 1, entry.kind)
            continue
        if token.norm in _OPENERS:
            if token.norm == "بل" and any(begin <= k < at and starts[k].entry.kind == "not" for k in starts):
                kind = "old"  # "not a redeployment but a withdrawal": the first half is set aside
            close(at - 1, "main" if sentence_kind != "old" else "old")
            continue
        if at > begin and _opens_clause(token, hit, seen_value, governed, kind, verb_ahead(at)):
            close(at - 1, sentence_kind)
        if entry is not None:
            seen_value = seen_value or entry.kind not in ("not",)
            governed = governed or entry.kind in ("refuse", "deny", "urge", "mute", "threat", "warn")
    close(len(tokens) - 1, "main")
    return found


def _opens_clause(token: Token, hit: Hit | None, seen_value: bool, governed: bool, kind: str, verb_ahead: bool) -> bool:
    """Whether a predication of its own begins here; `verb_ahead`: a known verb follows within three words."""
    norm = token.norm
    if kind == "if" and norm.startswith(_THEN):
        return True
    if norm[0] != "و" or len(norm) < 3:
        return False
    rest = norm[1:]
    verbal = (rest[0] in "يت" and len(rest) > 2) or rest.startswith(("سي", "ست", "لن", "لم", "لا", "ان"))
    if hit is not None and hit.entry.words[0] is not None:
        conjunction = not hit.entry.words[0].isdisjoint(shapes(rest)) and norm not in hit.entry.words[0]
        if not conjunction:
            return False
        if verbal:
            return True
        if verb_ahead and seen_value:
            return True
        # A co-ordinated noun under a governing verb belongs to it: "rejects the truce and the withdrawal".
        return seen_value and not governed and not rest.startswith("ال")
    return seen_value and (verbal or verb_ahead)
