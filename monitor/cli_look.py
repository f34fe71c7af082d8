"""Commands that look at what is kept: `monitor status`, `stories`, `alerts`, and `label` to correct it."""

from __future__ import annotations

import sys

import click

from .cli import config_path


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """Is it well? Feeds and their health, backlog, deliveries, the state of each watchlist.

    Exit code 0: all well. 1: something needs a look.

    Example: monitor status --json
    """
    from .look import show_status
    from .store.connect import open_reader
    from .store.where import state_path

    with open_reader(state_path(config_path(ctx))) as store:
        sys.exit(show_status(store, as_json=as_json))


@click.command()
@click.argument("watchlist", required=False)
@click.option("--search", help="Only stories that contain all these words.")
@click.option("--since", help="A date (2026-11-24) or an age (36h, 7d).")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most this many.")
@click.option("--labelled", is_flag=True, help="Print the corrected stories as labelled stories (JSONL).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def stories(
    ctx: click.Context,
    watchlist: str | None,
    search: str | None,
    since: str | None,
    limit: int,
    labelled: bool,
    as_json: bool,
) -> None:
    """The stories kept, newest first, with how each was read.

    Example: monitor stories qaani --since 7d --search Baghdad
    """
    from .look import parse_since, show_labelled, show_stories
    from .store.connect import open_reader
    from .store.where import state_path

    moment = None
    if since:
        moment = parse_since(since)
        if moment is None:
            raise click.BadParameter(
                f"{since!r} is neither a date (2026-11-24) nor an age (36h, 7d)", param_hint="--since"
            )
    with open_reader(state_path(config_path(ctx))) as store:
        if labelled:
            sys.exit(show_labelled(store))
        sys.exit(show_stories(store, watchlist, search, moment, limit, as_json=as_json))


@click.command()
@click.option("--failed", is_flag=True, help="Only alerts with a delivery that failed or waits.")
@click.option("--resend", metavar="ID", help="Send an alert's failed deliveries again (or all, where none failed).")
@click.option("--limit", default=30, show_default=True, type=click.IntRange(1), help="At most this many.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def alerts(ctx: click.Context, failed: bool, resend: str | None, limit: int, as_json: bool) -> None:
    """The alerts raised, newest first, and where each was delivered.

    Example: monitor alerts --failed
    """
    from .look import resend_alert, show_alerts
    from .store.connect import open_reader, open_store
    from .store.where import state_path

    path = state_path(config_path(ctx))
    if resend:
        open_reader(path).close()  # refuses a missing database: nothing is made here
        with open_store(path, lock=False) as store:
            sys.exit(resend_alert(store, resend))
    with open_reader(path) as store:
        sys.exit(show_alerts(store, failed, limit, as_json=as_json))


@click.command()
@click.argument("story")
@click.argument("direction", type=click.Choice(["escalation", "de-escalation", "none"]))
@click.option("--watchlist", default="", help="For this watchlist only (default: the story as a whole).")
@click.pass_context
def label(ctx: click.Context, story: str, direction: str, watchlist: str) -> None:
    """Keep a correction: which way a story points in truth. STORY is its number or link, or an alert's id.

    Corrections are counted in `status`; `monitor stories --labelled` exports them for `monitor lab stories`.

    Example: monitor label 412 none --watchlist qaani
    """
    from .look import label_story
    from .store.connect import open_reader, open_store
    from .store.where import state_path

    path = state_path(config_path(ctx))
    open_reader(path).close()  # refuses a missing database: nothing is made here
    with open_store(path, lock=False) as store:
        sys.exit(label_story(store, story, direction, watchlist))
