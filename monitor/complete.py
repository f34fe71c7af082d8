"""What a shell offers at the Tab key beside commands and options: the names of the watchlists."""

from __future__ import annotations

import json
from pathlib import Path

import click


def watchlist_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The ids of the watchlists that begin so: those the database knows, else the shipped ones. Never fails."""
    del param
    return [name for name in _names(ctx) if name.startswith(incomplete)]


def _names(ctx: click.Context) -> list[str]:
    from .shipped import watchlists_dir
    from .start import usual_config
    from .store.connect import open_reader
    from .store.where import state_path

    chosen = ctx.find_root().params.get("config") or usual_config()
    try:
        with open_reader(state_path(Path(chosen or "monitor.yaml"))) as store:
            known = [each["id"] for each in json.loads(store.noted("watchlists") or "[]")]
    except Exception:  # no configuration, no database yet, or one that cannot be read: Tab must not print that
        known = []
    return sorted(known or (file.stem for file in watchlists_dir().glob("*.yaml")))
