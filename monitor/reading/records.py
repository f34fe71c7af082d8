"""The records at the seams of reading: a text goes in; mentions and readings come out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Part = Literal["title", "summary", "body"]
Direction = Literal["escalation", "de-escalation", "none"]
Grade = Literal["direct", "related"]

PARTS: tuple[Part, ...] = ("title", "summary", "body")

# How a direction is shown: by its shape, so that no colour is needed.
MARKS: dict[Direction, str] = {"escalation": "▲", "de-escalation": "▼", "none": "·"}


@dataclass(frozen=True, slots=True)
class Text:
    """The clean text of one story (no markup), as the reading room sees it.

    `lang` is an ISO 639-1 code; `published` is UTC or None when the publisher gave no date.
    """

    title: str
    summary: str = ""
    body: str = ""
    lang: str = "en"
    published: datetime | None = None

    def part(self, name: Part) -> str:
        """The text of one part."""
        return {"title": self.title, "summary": self.summary, "body": self.body}[name]


@dataclass(frozen=True, slots=True)
class Span:
    """Exact words: `text == part[start:end]`, in characters of that part of the text."""

    part: Part
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A watchlist found in a text.

    `term` is the name as the watchlist writes it; `rule` says which matching rule found it
    (for example `exact`, `transliteration`, `typo`, `clitic`, `near`, `title`).
    """

    watchlist: str
    grade: Grade
    span: Span
    term: str
    rule: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What the new information in a text says, for one watchlist or (`watchlist` None) for the story.

    `evidence` are the words that tell most; `also` are further ones that say the same elsewhere in the text.
    `read` is False where the language has no reader: then nothing was guessed and direction is `none`.
    `strength` is 1-3 (for `none` always 1); `confidence` is a probability in [0, 1] that the
    direction is right; `role` is the actor's part in it (`agent`, `target`, `speaker`, `addressee`,
    `mediator`, `mentioned`); `trace` are the operators a person can follow, outermost first;
    `background` are the spans set aside as old news; `gloss` is an English rendering of
    non-English evidence.
    """

    watchlist: str | None
    direction: Direction
    strength: int
    confidence: float
    role: str
    evidence: Span | None
    trace: tuple[str, ...] = ()
    background: tuple[Span, ...] = ()
    gloss: str | None = None
    read: bool = True
    also: tuple[Span, ...] = ()

    @property
    def spans(self) -> tuple[Span, ...]:
        """All evidence, the most telling first."""
        return (self.evidence, *self.also) if self.evidence else self.also


@dataclass(frozen=True, slots=True)
class StoryReading:
    """All readings of one text: the story as a whole, then each watchlist mentioned in it."""

    story: Reading
    by_watchlist: dict[str, Reading]
