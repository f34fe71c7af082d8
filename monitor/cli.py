"""The face: one command for each question a user has. Heavy parts are imported where they are used."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import __version__
from .cli_upkeep import backup, prune

if TYPE_CHECKING:
    from .config import Settings
    from .watchlists import Watchlist

# Where the configuration is looked for when none is named.
_PLACES = (Path("monitor.yaml"), Path("/etc/monitor/monitor.yaml"))


class Trouble(click.ClickException):
    """Something a person must mend: printed as it is, exit code 1."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        """Print the message to standard error."""
        click.echo(self.message, err=True)


class _Face(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        """Turn the house's own errors into one clear message and exit code 1."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:
            sys.stderr.close()
            raise SystemExit(0) from None
        except Exception as error:
            if type(error).__name__ in ("FileError", "FileErrors", "DatabaseError", "MissingModel"):
                raise Trouble(str(error)) from error
            raise


@click.group(cls=_Face, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="monitor")
@click.option(
    "-c", "--config", type=click.Path(path_type=Path), envvar="MONITOR_CONFIG", help="The monitor.yaml to use."
)
@click.pass_context
def main(ctx: click.Context, config: Path | None) -> None:
    """Watch news feeds for a turn toward escalation or de-escalation, and say why.

    \b
    Start here:
      monitor demo          see the whole work on bundled sample feeds
      monitor init          write a configuration to edit
      monitor check         validate it
      monitor run           run the daemon
    """
    ctx.obj = config


def config_path(ctx: click.Context) -> Path:
    """The configuration to use, or Trouble where there is none."""
    chosen = ctx.find_root().obj
    if chosen:
        return Path(chosen)
    for place in _PLACES:
        if place.exists():
            return place
    raise Trouble(
        f"no {_PLACES[0]} here and no {_PLACES[1]}: run `monitor init` to write one, or name it with --config"
    )


def settings(ctx: click.Context) -> Settings:
    """The checked configuration."""
    from .config import read_settings

    return read_settings(config_path(ctx))


@main.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("demo-out"), show_default=True,
              help="Where the mail and the database are left.")  # fmt: skip
def demo(out: Path) -> None:
    """Run the whole work on bundled sample feeds: no config, no network beyond this machine.

    Serves a simulated fortnight of six feeds locally, polls them in order, prints each alert as a person would
    receive it and delivers it by mail into OUT/mail. Takes under a minute and ends by itself.

    Example: monitor demo --out /tmp/demo
    """
    from .demo.run import run_demo

    sys.exit(run_demo(out))


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path("."))
def init(folder: Path) -> None:
    """Write an annotated monitor.yaml, the three watchlists and a feed list into FOLDER.

    Nothing that is already there is overwritten.

    Example: monitor init /etc/monitor
    """
    from .setup import write_setup

    for line in write_setup(folder):
        click.echo(line)


@main.command()
@click.option("--online", is_flag=True, help="Ask each feed once.")
@click.option("--notify", is_flag=True, help="Send one test message to each channel.")
@click.pass_context
def check(ctx: click.Context, online: bool, notify: bool) -> None:
    """Validate the configuration, the watchlists, the feed lists, the model and the database.

    Exit code 0: all fine. 1: something to mend, each named with its file and line, feed or channel.

    Example: monitor check --online --notify
    """
    from .check import run_checks

    sys.exit(run_checks(config_path(ctx), online=online, notify=notify))


@main.command()
@click.pass_context
def run(ctx: click.Context) -> None:
    """Run the daemon until it is told to stop (SIGTERM or Ctrl-C).

    Under systemd it reports readiness and feeds the watchdog.

    Example: monitor --config /etc/monitor/monitor.yaml run
    """
    from .daemon import run_daemon

    sys.exit(run_daemon(config_path(ctx)))


@main.command()
@click.option("--all", "everything", is_flag=True, help="Poll every feed now, due or not.")
@click.pass_context
def poll(ctx: click.Context, everything: bool) -> None:
    """One pass: poll the feeds that are due, read what is new, deliver what is due, and exit. Made for cron.

    Example: monitor poll
    """
    from .daemon import run_once

    sys.exit(run_once(settings(ctx), everything=everything))


@main.command()
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


@main.command()
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


@main.command()
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


@main.command()
@click.argument("watchlist", required=False)
@click.option("--for", "span", metavar="SPAN", help="How long: 90m, 4h, 2d.")
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


@main.command()
@click.argument("watchlist")
@click.pass_context
def unsilence(ctx: click.Context, watchlist: str) -> None:
    """End a watchlist's silence; what it held goes out now.

    Example: monitor unsilence qaani
    """
    from .hold import unsilence as tell_again
    from .store.where import state_path

    sys.exit(tell_again(state_path(config_path(ctx)), watchlist))


@main.command()
@click.argument("what")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def explain(ctx: click.Context, what: str, as_json: bool) -> None:
    """Why a story matches and which way it points, with the evidence marked.

    WHAT is the number or link of a stored story, the id of an alert, a file (JSON with title, summary, body, lang;
    or plain text whose first line is the title), or - for standard input. Without a configuration the shipped
    watchlists are used.

    Example: echo "Qaani urges factions not to attack" | monitor explain -
    """
    from .explain import run_explain

    chosen = ctx.find_root().obj
    path = Path(chosen) if chosen else next((place for place in _PLACES if place.exists()), None)
    sys.exit(run_explain(what, path, as_json=as_json))


@main.command()
@click.argument("archives", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--watchlists",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A folder of watchlists (default: the configuration's, else the shipped ones).",
)
@click.option("--leave-out", multiple=True, metavar="SRC", help="Leave out rows whose `src` begins with this.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def replay(
    ctx: click.Context, archives: tuple[Path, ...], watchlists: Path | None, leave_out: tuple[str, ...], as_json: bool
) -> None:
    """The past in order on a simulated clock: which alerts would have gone out.

    ARCHIVES are JSONL or JSONL.gz files; each line has date (ISO 8601), outlet, title, summary, url, lang.

    Example: monitor replay 2024.jsonl.gz --watchlists watchlists/examples
    """
    from .lab.replay import run_replay

    lists, model = reading_setup(ctx, watchlists)
    sys.exit(run_replay(archives, lists, as_json=as_json, model=model, leave_out=leave_out))


@main.command()
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


@main.group()
def watchlist() -> None:
    """Work on a watchlist before it floods the desk."""


@watchlist.command("try")
@click.argument("name")
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

    chosen = ctx.find_root().obj or next((place for place in _PLACES if place.exists()), None)
    if Path(name).is_file():
        found = read_watchlist(Path(name))
    else:
        lists, _ = reading_setup(ctx, None)
        by_id = {each.id: each for each in lists}
        if name not in by_id:
            raise Trouble(f"no watchlist `{name}`, and no such file. Watchlists: {', '.join(sorted(by_id))}")
        found = by_id[name]
    sys.exit(run_try(found, state_path(Path(chosen)) if chosen else None, limit=limit, as_json=as_json))


@main.group()
def feeds() -> None:
    """Keep the feed list: add a feed by the address of its site, import and export OPML."""


@feeds.command("add")
@click.argument("url")
@click.option("--private", is_flag=True, help="Allow an address that is not public.")
@click.option("--show", "only_show", is_flag=True, help="Only show what is there.")
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


class _Lab(click.Group):
    """Measuring commands, each loaded when it is called: they bring heavy parts."""

    _COMMANDS = {  # noqa: RUF012 - never changed
        "groups": ("monitor.lab.groups_cli", "groups_command"),
        "stories": ("monitor.lab.stories_cli", "stories_command"),
        "shifts": ("monitor.lab.shifts_cli", "shifts_command"),
        "turning-points": ("monitor.lab.turning_points_cli", "turning_points_command"),
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self._COMMANDS:
            return None
        from importlib import import_module

        module, attribute = self._COMMANDS[name]
        command: click.Command = getattr(import_module(module), attribute)
        return command


@main.group(cls=_Lab)
def lab() -> None:
    """Measure the reading and the shift detector on labelled stories, simulated streams and the real past."""


def reading_setup(ctx: click.Context, folder: Path | None) -> tuple[Sequence[Watchlist], str]:
    """The watchlists and the model to read with: a folder's, the configuration's, or the shipped ones."""
    from .config import DEFAULT_MODEL, read_settings
    from .shipped import watchlists_dir
    from .watchlists import read_watchlists

    chosen = ctx.find_root().obj or next((place for place in _PLACES if place.exists()), None)
    if folder is None and chosen:
        found = read_settings(Path(chosen))
        return found.watchlists, found.model
    return read_watchlists(folder or watchlists_dir()), DEFAULT_MODEL


main.add_command(backup)
main.add_command(prune)


if __name__ == "__main__":
    main()
