"""Whether articles can be taken out of their pages here: the extractor is an extra, and slow to load."""

from __future__ import annotations

from importlib.util import find_spec

MEND = "Install it with `pip install 'monitor[fulltext]'`, or take `full_text` out"


def available() -> bool:
    """Whether the extractor is installed."""
    return find_spec("trafilatura") is not None
