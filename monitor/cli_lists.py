"""Commands that keep the lists: `monitor feeds …` and `monitor watchlist …`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from .cli import Trouble, chosen_config, config_path, reading_setup
from .complete import watchlist_names


@click.group()
def watchlist() -> None:
    """Work on a watchlist before it floods the desk.

    Example: monitor watchlist try qaani
    """


@watchlist.command("try")
@click.argument("name", shell_complete=watchlist_names)
@click.option("--limit", default=24, show_default=True, type=click.IntRange(1), help="Spellings shown for a term.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def try_watchlist(ctx: click.Context, name: str, limit: int, as_json: bool) -> None:
    """The spellings a watchlist will find, and what it would have matched in the stored stories.

    NAME is the id of a watchlist, or a watchlist file. Exit code 1: a term looks too wide.

    Example: monitor watchlist try qaani
    """
    from .store.where import state_path
    from .try_watchlist import run_try
    from .watchlists import read_watchlist

    chosen = chosen_config(ctx)
    if Path(name).is_file():
        found = read_watchlist(Path(name))
    else:
        lists, _ = reading_setup(ctx, None)
        by_id = {each.id: each for each in lists}
        if name not in by_id:
            raise Trouble(f"no watchlist `{name}`, and no such file. Watchlists: {', '.join(sorted(by_id))}")
        found = by_id[name]
    sys.exit(run_try(found, state_path(chosen) if chosen else None, limit=limit, as_json=as_json))


@click.group()
def feeds() -> None:
    """Keep the feed list: add a feed by the address of its site, import and export OPML.

    Example: monitor feeds add https://www.rudaw.net/english
    """


@feeds.command("add")
@click.argument("url")
@click.option("--private", is_flag=True, help="Allow an address that is not public, on your own network.")
@click.option("--show", "only_show", is_flag=True, help="Only show what is there; the feed list stays as it is.")
@click.pass_context
def add(ctx: click.Context, url: str, private: bool, only_show: bool) -> None:
    """Find the feed behind URL, show its newest titles and the watchlists they touch, and add it to the feed list.

    Example: monitor feeds add https://www.rudaw.net/english
    """
    from .feedlist import add_feed

    sys.exit(add_feed(config_path(ctx), url, private=private, only_show=only_show))


@feeds.command("import")
@click.argument("opml", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_context
def import_feeds(ctx: click.Context, opml: Path) -> None:
    """Add the feeds of an OPML file to the feed list; those already there are left out.

    Example: monitor feeds import subscriptions.opml
    """
    from .feedlist import import_opml

    sys.exit(import_opml(config_path(ctx), opml))


@feeds.command("export")
@click.pass_context
def export_feeds(ctx: click.Context) -> None:
    """Print the configured feeds as OPML, for other readers.

    Example: monitor feeds export > feeds.opml
    """
    from .feedlist import export_opml

    sys.exit(export_opml(config_path(ctx)))
