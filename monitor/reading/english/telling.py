"""Which sentences of a story can bear on its direction at all: those with a word of conflict or of its end."""

from __future__ import annotations

from functools import lru_cache

from .gate import conflict_words
from .lexicon import load
from .tokens import tokenize
from .triggers import find_items


@lru_cache(maxsize=2048)
def is_telling(sentence: str) -> bool:
    """Whether a sentence names force, its end, its means or an armed group; weather, tickets and bus lines do not."""
    tokens = tokenize(sentence)
    return conflict_words(tokens) or any(item.group.op == "const" for item in find_items(tokens, load()))
