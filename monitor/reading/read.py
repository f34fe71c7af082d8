"""Reads the direction of stories in every language that has a reader; others are left unread, never guessed."""

from __future__ import annotations

from collections.abc import Sequence

from .combine import Combiner
from .encoder import Encoder
from .english.parse import DEFAULT_MODEL, MissingModel
from .english.reader import RuleReading, read_english_many
from .records import Mention, Reading, StoryReading, Text

__all__ = ["MissingModel", "Reader", "unread"]


def unread(mentions: Sequence[Mention]) -> StoryReading:
    """Readings of a text in a language without a reader."""
    ids = sorted({mention.watchlist for mention in mentions})
    blank = {name: Reading(name, "none", 1, 0.0, "mentioned", None, read=False) for name in ids}
    return StoryReading(Reading(None, "none", 1, 0.0, "mentioned", None, read=False), blank)


class Reader:
    """Reads texts; loads what it needs at the first text that needs it.

    `model` names the installed spaCy pipeline. English goes through the rules and, where its weights are installed and
    `encoder` is not False, the encoder beside them. Raises MissingModel at the first English text where the pipeline
    is not installed.
    """

    def __init__(self, model: str = DEFAULT_MODEL, encoder: bool = True) -> None:
        self.model = model
        self._encoder = Encoder()
        self._combiner = Combiner()
        self._with_encoder = encoder and self._encoder.present

    def rules(self, text: Text, mentions: Sequence[Mention]) -> RuleReading:
        """The English rules' readings alone, with the figures behind them."""
        return read_english_many([(text, mentions)], self.model)[0]

    def read(self, text: Text, mentions: Sequence[Mention]) -> StoryReading:
        """The readings of one text."""
        return self.read_many([(text, mentions)])[0]

    def read_many(self, items: Sequence[tuple[Text, Sequence[Mention]]]) -> list[StoryReading]:
        """The readings of several texts, in order; English sentences are parsed together."""
        english = [place for place, (text, _) in enumerate(items) if text.lang == "en"]
        found: dict[int, StoryReading] = {}
        for place, rules in zip(english, read_english_many([items[i] for i in english], self.model), strict=True):
            found[place] = self._together(rules, *items[place])
        return [found[i] if i in found else _other(text, mentions) for i, (text, mentions) in enumerate(items)]

    def _together(self, rules: RuleReading, text: Text, mentions: Sequence[Mention]) -> StoryReading:
        if not self._with_encoder:
            return rules.reading
        return self._combiner.story(rules, lambda name: self._encoder.opinion(text, mentions, name))


def _other(text: Text, mentions: Sequence[Mention]) -> StoryReading:
    if text.lang in ("ar", "fa"):
        from .local.story import read_local

        return read_local(text, mentions)
    return unread(mentions)
