"""Where the files that travel with the program are: in the wheel, or in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def watchlists_dir() -> Path:
    """The folder of the shipped watchlists (its `feeds/` holds the feed lists, `examples/` wider ones)."""
    installed = _PACKAGE / "_shipped" / "watchlists"
    return installed if installed.is_dir() else _PACKAGE.parent / "watchlists"
