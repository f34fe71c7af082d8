"""Commands that look at what is kept: `monitor status`, `stories`, `alerts`, and `label` to correct it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .cli import Trouble, config_path
from .complete import watchlist_names

if TYPE_CHECKING:
    from .store.connect import Store


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
@click.argument("watchlist", required=False, shell_complete=watchlist_names)
@click.option("--search", help="Only stories that contain all these words.")
@click.option("--since", help="A date (2026-11-24) or an age (36h, 7d).")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most this many.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def stories(
    ctx: click.Context,
    watchlist: str | None,
    search: str | None,
    since: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """The stories kept, newest first, with how each was read.

    Example: monitor stories qaani --since 7d --search Baghdad
    """
    from .look import parse_since, show_stories
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
        sys.exit(show_stories(store, watchlist, search, moment, limit, as_json=as_json))


@click.command()
@click.option("--failed", is_flag=True, help="Only alerts with a delivery that failed or waits.")
@click.option("--resend", metavar="ID", help="Send an alert's failed deliveries again (or all, where none failed).")
@click.option("--atom", metavar="FILE", help="Write an Atom feed for feed readers; - prints it.")
@click.option("--jsonl", metavar="FILE", help="Write JSON lines for programs, the oldest first; - prints them.")
@click.option("--limit", type=click.IntRange(1),
              help="At most so many, the newest (default: 30; 100 with --atom; all with --jsonl).")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line, with the deliveries.")
@click.pass_context
def alerts(
    ctx: click.Context,
    failed: bool,
    resend: str | None,
    atom: str | None,
    jsonl: str | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """The alerts raised, newest first, and where each was delivered.

    For tools that follow the alerts, --atom and --jsonl write them into files; the daemon keeps such files up to date
    where the configuration has `follow:`. A line of --jsonl has the keys id, time, kind, watchlist, watchlists, direction,
    strength, title, source, link, published, evidence, numbers, onset, event, update_of, stories, lines, thread. Digests
    repeat other alerts and are left out of both.

    \b
    Examples:
      monitor alerts --failed
      monitor alerts --atom /var/www/alerts.atom
      monitor alerts --jsonl - | jq -r .title
    """
    from .look import resend_alert, show_alerts
    from .store.connect import open_reader, open_store
    from .store.where import state_path

    config = config_path(ctx)
    path = state_path(config)
    if resend:
        open_reader(path).close()  # refuses a missing database: nothing is made here
        with open_store(path, lock=False) as store:
            sys.exit(resend_alert(store, resend))
    with open_reader(path) as store:
        if not (atom or jsonl):
            sys.exit(show_alerts(store, failed, limit or 30, as_json=as_json))
        if failed or as_json or atom == jsonl:
            raise click.UsageError("--atom and --jsonl write all alerts, each into a file of its own")
        _export(store, config, atom, jsonl, limit)


def _export(store: Store, config: Path, atom: str | None, jsonl: str | None, limit: int | None) -> None:
    from .alerts.follow import MOST_ENTRIES
    from .alerts.followed import atom_of, jsonl_of, replace
    from .clock import utcnow
    from .yamlfile import read_mapping

    try:
        if atom:
            feed = [atom_of(store, str(read_mapping(config).get("contact", "")), utcnow(), limit or MOST_ENTRIES)]
            sys.stdout.buffer.writelines(feed) if atom == "-" else replace(Path(atom), feed)
        if jsonl:
            lines = jsonl_of(store, limit)
            sys.stdout.buffer.writelines(lines) if jsonl == "-" else replace(Path(jsonl), lines)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Trouble(f"{error.filename}: {error.strerror}") from error


@click.command()
@click.argument("story", required=False)
@click.argument("direction", required=False, type=click.Choice(["escalation", "de-escalation", "none"]))
@click.option("--watchlist", default="", metavar="ID", shell_complete=watchlist_names,
              help="For this watchlist only (default: the story as a whole).")  # fmt: skip
@click.option("--undo", is_flag=True, help="Take the correction back.")
@click.option("--export", metavar="FILE", help="Write the corrected stories for `monitor lab stories`; - prints them.")
@click.pass_context
def label(
    ctx: click.Context, story: str | None, direction: str | None, watchlist: str, undo: bool, export: str | None
) -> None:
    """Keep a correction: which way a story points in truth. STORY is its number or link, or an alert's id.

    Saying what was read rightly counts too: `monitor status` shows how many of the last 100 agree. A later correction of
    the same story replaces the earlier one; the readings themselves stay as they were.

    \b
    Examples:
      monitor label 412 none --watchlist qaani
      monitor label https://news.example/truce de-escalation
      monitor label --export mine.jsonl
    """
    from .label import export_labelled, label_story
    from .store.connect import open_reader, open_store
    from .store.where import state_path

    if export is None and story is None:
        raise click.UsageError("say which story, and escalation, de-escalation or none")
    if export is not None and (story or undo or watchlist):
        raise click.UsageError("--export takes no story")
    if export is None and (direction is None) != undo:
        raise click.UsageError("--undo takes no direction" if undo else "say escalation, de-escalation or none")
    path = state_path(config_path(ctx))
    with open_reader(path) as reader:  # refuses a missing database: nothing is made here
        if export is not None:
            sys.exit(export_labelled(reader, export))
    with open_store(path, lock=False) as store:
        sys.exit(label_story(store, str(story), direction, watchlist))
