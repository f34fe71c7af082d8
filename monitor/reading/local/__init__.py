"""Direction of Arabic and Persian stories: a lexicon in a normal spelling and operators over the words of a clause."""

from .story import read_local

__all__ = ["read_local"]
