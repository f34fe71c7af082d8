"""A text -> the sentences to read, most telling first: title, summary, then the first of the body."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..records import PARTS, Part, Text
from .tokens import Token, sentences, tokenize

# Characters of each part that are looked at, and sentences that are read.
MAX_CHARS: dict[Part, int] = {"title": 600, "summary": 3000, "body": 12000}
MAX_SENTENCES: dict[Part, int] = {"title": 3, "summary": 6, "body": 14}
# Longest sentence read, in tokens; the rest of it is left out.
MAX_TOKENS = 90

# Words before a colon that say what the piece is, not who speaks; `analysis` kinds are no news.
_LABEL = re.compile(
    r"^\s*(?:(?:(LIVE|BREAKING|UPDATE\w*|UPDATED|JUST IN|REPORT|EXCLUSIVE|WATCH|VIDEO|ALERT|URGENT|NEWS|FLASH)|"
    r"(ANALYSIS|OPINION|EXPLAINER|EXPLAINED|EDITORIAL|COMMENT|COMMENTARY|FACTBOX|TIMELINE|PROFILE|REVIEW|BOOK REVIEW|"
    r"INTERVIEW|OBITUARY|STUDY|PODCAST|PHOTOS|IN PICTURES|FROM OUR ARCHIVE|DEBATE|FEATURE|LONG READ|Q&A))\s*"
    r"(?:[:|—–-]|\s-)\s*)+",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^<>]{0,200}>|&#?\w{1,8};|\[&?hellip;?\]")
_DATELINE = re.compile(r"^\s*[A-Z][A-Z .,'’/-]{2,40}(?:\([A-Za-z ]{2,20}\)\s*)?[—–-]\s*")


@dataclass(frozen=True, slots=True)
class Segment:
    """One sentence: its part, its place in that part (characters), its rank among the part's sentences, its tokens."""

    part: Part
    start: int
    end: int
    rank: int
    tokens: tuple[Token, ...]
    label: str = ""


def segment(text: Text) -> list[Segment]:
    """The sentences of `text` that are read, in reading order."""
    segments: list[Segment] = []
    for part in PARTS:
        content = _blank_markup(text.part(part)[: MAX_CHARS[part]])
        label = ""
        skip = 0
        if part == "title":
            match = _LABEL.match(content)
            if match and match.end() < len(content):
                skip = match.end()
                label = "analysis" if match.group(2) else "news"
        elif match := _DATELINE.match(content):
            skip = match.end()
        if skip:
            content = " " * skip + content[skip:]
        for rank, (start, end) in enumerate(sentences(content)[: MAX_SENTENCES[part]]):
            tokens = tuple(tokenize(content[start:end], start)[:MAX_TOKENS])
            if tokens:
                segments.append(Segment(part, start, end, rank, tokens, label))
    return segments


def _blank_markup(text: str) -> str:
    """`text` with tags and entities overwritten by blanks, so that places stay true."""
    return _TAG.sub(lambda match: " " * len(match.group()), text)
