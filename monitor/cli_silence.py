"""Commands that hold alerts for a while: `monitor silence` and `monitor unsilence`."""

from __future__ import annotations

import sys

import click

from .cli import config_path
from .complete import watchlist_names


@click.command()
@click.argument("watchlist", required=False, shell_complete=watchlist_names)
@click.option("--for", "span", metavar="SPAN", help="How long, in minutes, hours or days: 90m, 4h, 2d.")
@click.option("--reason", default="", help="Why, for whoever looks later.")
@click.pass_context
def silence(ctx: click.Context, watchlist: str | None, span: str | None, reason: str) -> None:
    """Hold a watchlist's alerts for a while; they are told together afterwards. Without WATCHLIST: what is silent now.

    Everything is still read and judged meanwhile.

    Example: monitor silence qaani --for 4h --reason "known visit"
    """
    from .hold import silence as hold
    from .spans import as_span
    from .store.where import state_path

    if watchlist and not span:
        raise click.UsageError("say how long: --for 4h")
    try:
        time = as_span(span) if span else None
    except ValueError as error:
        raise click.BadParameter(str(error).replace(" -> ", ". "), param_hint="--for") from None
    sys.exit(hold(state_path(config_path(ctx)), watchlist, time, reason))


@click.command()
@click.argument("watchlist", shell_complete=watchlist_names)
@click.pass_context
def unsilence(ctx: click.Context, watchlist: str) -> None:
    """End a watchlist's silence; what it held goes out now.

    Example: monitor unsilence qaani
    """
    from .hold import unsilence as tell_again
    from .store.where import state_path

    sys.exit(tell_again(state_path(config_path(ctx)), watchlist))
