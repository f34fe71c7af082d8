"""Where the files that travel with the program are: in the wheel, or in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def watchlists_dir() -> Path:
    """The folder of the shipped watchlists (its `feeds/` holds the feed lists, `examples/` wider ones)."""
    return _shipped("watchlists")


def example_config() -> Path:
    """The annotated monitor.yaml."""
    return _shipped("deploy/monitor.yaml")


def _shipped(name: str) -> Path:
    installed = _PACKAGE / "_shipped" / name
    return installed if installed.exists() else _PACKAGE.parent / name
