"""What stands around a name: sentences, words near it or beside it, and lines that only link to another story."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from .fold import WORD, fold, fold_mapped, script_of
from .passage import Passage
from .records import PARTS, Part, Text
from .terms import possessive_stripped
from .transliteration import data, pattern

# How many words away still counts as beside.
BESIDE_WORDS = 3

# A link line without an end of line reaches to the end of the text, if that is no further than this.
MAX_LINK_LINE = 200
# Words after which a name is no longer attached to the office before them: "the commander who replaced Soleimani".
_BRIDGE = re.compile(
    r"\b(?:after|since|successor|succeeded|succeeds|succeeding|replaced|replaces|replacing|predecessor|following|mourned)\b"
    r"|خلف|خليفة|بعد|پس|جانشین"
)
# Words whose folded form is remembered.
WORDS_KEPT = 20_000
_LINK_END = re.compile(r"[.!?؟]\s|\n|$")


def normal(text: str) -> str:
    """Folded words of a text with one space between and around: what near words are looked for in."""
    return " " + " ".join(map(folded_word, WORD.findall(text))) + " "


@lru_cache(maxsize=WORDS_KEPT)
def folded_word(word: str) -> str:
    """A word folded, without its possessive; remembered, because most words of a text came in texts before."""
    return fold(possessive_stripped(word))


@lru_cache(maxsize=4096)
def any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    """A pattern that finds any of these words or phrases in a `normal` text, in their usual forms."""
    choices = []
    for phrase in words:
        pieces = []
        for word in WORD.findall(phrase):
            folded = fold(possessive_stripped(word))
            if script_of(word) == "arabic":
                pieces.append(
                    f"(?:[وف]?[بلك]?(?:ال)?|[وف]?لل){re.escape(folded.removeprefix('ال'))}(?:ي|ه|ها|هاي|ين|ون|ان)?"
                )
            elif word[:1].isupper() and not word.isupper() and len(folded) > 4:
                pieces.append(f"(?:{pattern(folded).pattern}|{re.escape(folded)})(?:s|n|ns)?")
            else:
                pieces.append(re.escape(folded) + "(?:s|es|men|man)?")
        choices.append(" (?:(?:al|el) )?".join(pieces))
    return re.compile(f" (?:{'|'.join(choices)})(?= )")


def surroundings(passages: dict[Part, Passage], part: Part, start: int, end: int) -> str:
    """The text within a sentence of a span, without the span; a title and the sentences under it are neighbours."""
    here = passages[part]
    first, last = here.sentence(start), here.sentence(max(start, end - 1))
    begin, stop = here.sentences(first - 1, last + 1)
    pieces = [here.text[begin:start], here.text[end:stop]]
    order = [name for name in PARTS if name in passages]
    at = order.index(part)
    if part == "title" or last >= len(here.sentence_starts) - 1:
        for name in order[at + 1 : at + 2]:
            begin, stop = passages[name].sentences(0, 1)
            pieces.append(passages[name].text[begin:stop])
    if part != "title" and first <= 1 and "title" in passages:
        pieces.append(passages["title"].text)
    if first == 0 and at > 1:
        before = passages[order[at - 1]]
        begin, stop = before.sentences(len(before.sentence_starts) - 2, len(before.sentence_starts) - 1)
        pieces.append(before.text[begin:stop])
    return normal(" | ".join(pieces))


def beside(here: Passage, first: int, last: int, words: Sequence[str]) -> bool:
    """Whether one of the words stands beside the tokens first..last, in their sentence and not past a bridge word."""
    found = any_of(tuple(words))
    begin, stop = here.sentences(here.sentence(here.start(first)), here.sentence(here.start(last)))
    before = [here.words[at] for at in range(max(0, first - BESIDE_WORDS), first) if here.start(at) >= begin]
    after_last = min(last + 1 + BESIDE_WORDS, len(here.words))
    after = [here.words[at] for at in range(last + 1, after_last) if here.start(at) < stop]
    left, right = normal(" ".join(before)), normal(" ".join(after))
    if bridge := list(_BRIDGE.finditer(left)):
        left = left[bridge[-1].end() :]
    if bridge_after := _BRIDGE.search(right):
        right = right[: bridge_after.start()] + " "
    return bool(found.search(left) or found.search(right))


@lru_cache(maxsize=1)
def _link_marker() -> re.Pattern[str]:
    markers = sorted((re.escape(fold(marker)) for marker in data("link_lines.yaml")["markers"]), key=len, reverse=True)
    return re.compile(rf"(?:^|(?<=[\n.!?؟»”|\]\)]))[\s\[(>»•*-]*(?:{'|'.join(markers)})\s*[:：|>»-]", re.IGNORECASE)


def link_spans(text: str) -> list[tuple[int, int]]:
    """The characters of a text that only link to another story ("Read also: …")."""
    folded, offsets = fold_mapped(text)
    spans = []
    for match in _link_marker().finditer(folded):
        start, behind = offsets[match.start()], offsets[match.end()]
        end = text.find("\n", behind)
        if end < 0:
            stop = _LINK_END.search(text, behind)
            end = len(text) if stop is None or len(text) - behind < MAX_LINK_LINE else stop.start()
        spans.append((start, end))
    return spans


def story_words(text: Text) -> str:
    """All words of a story in `normal` form."""
    return normal(" | ".join(text.part(name) for name in PARTS))
