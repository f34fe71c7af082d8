"""Which commands there are, what each answers in a line, and where it lives; and the page that `monitor --help` prints.

Nothing is imported here: the page must be there at once. A command is found by name and loaded when it is called.
"""

from __future__ import annotations

# name -> (module, attribute, its line in the help page: at most 64 letters)
COMMANDS: dict[str, tuple[str, str, str]] = {
    "alerts": ("monitor.cli_look", "alerts", "The alerts raised, newest first, and where each was delivered"),
    "backfill": ("monitor.cli_backfill", "backfill", "Read years of archive, on this machine or on a cluster"),
    "backup": ("monitor.cli_upkeep", "backup", "Copy the database while the daemon works, and check the copy"),
    "check": ("monitor.cli_setup", "check", "Validate configuration, watchlists, feeds, model and database"),
    "completion": ("monitor.cli_completion", "completion", "Complete commands and watchlists with the Tab key"),
    "demo": ("monitor.cli_setup", "demo", "See the whole work on bundled sample feeds"),
    "explain": ("monitor.cli_read", "explain", "Why a story matches and which way it points"),
    "feeds": ("monitor.cli_lists", "feeds", "Keep the feed list: add a feed by its site, import, export"),
    "init": ("monitor.cli_setup", "init", "Write a configuration, watchlists and a feed list to edit"),
    "lab": ("monitor.cli_lab", "lab", "Measure the reading and the shift detector"),
    "label": ("monitor.cli_look", "label", "Keep a correction: which way a story points in truth"),
    "poll": ("monitor.cli_run", "poll", "One pass over the feeds that are due, for cron"),
    "prune": ("monitor.cli_upkeep", "prune", "Forget what is older than `retention:` says"),
    "replay": ("monitor.cli_read", "replay", "Which alerts would have gone out in the past"),
    "report": ("monitor.cli_report", "report", "The picture: one page for a browser, or served live"),
    "run": ("monitor.cli_run", "run", "Run the daemon"),
    "silence": ("monitor.cli_silence", "silence", "Hold a watchlist's alerts for a while"),
    "status": ("monitor.cli_look", "status", "Is it well? Feeds, backlog, deliveries, watchlists"),
    "stories": ("monitor.cli_look", "stories", "The stories kept, newest first, and how each was read"),
    "unsilence": ("monitor.cli_silence", "unsilence", "End a watchlist's silence; what it held goes out now"),
    "watchlist": ("monitor.cli_lists", "watchlist", "Work on a watchlist before it floods the desk"),
}

# The same for the commands under `monitor lab`.
LAB: dict[str, tuple[str, str, str]] = {
    "backtest": ("monitor.lab.backtest_cli", "backtest_command", "What other settings would have told of a read past"),
    "groups": ("monitor.lab.groups_cli", "groups_command", "How an archive falls into events"),
    "shifts": ("monitor.lab.shifts_cli", "shifts_command", "Measure the shift detector on simulated streams"),
    "stories": ("monitor.lab.stories_cli", "stories_command", "How well labelled stories are matched, read, grouped"),
    "turning-points": ("monitor.lab.turning_points_cli", "turning_points_command", "The real past against known turns"),
}

_HEAD = """\
Usage: monitor [OPTIONS] COMMAND [ARGS]...

  Watch news feeds for a turn toward escalation or de-escalation, and say why.

  Start here:
    monitor demo          see the whole work on bundled sample feeds
    monitor init          write a configuration to edit
    monitor check         validate it
    monitor run           run the daemon

  `monitor COMMAND --help` shows a command's options and an example.

Options:
  --version          Show the version and exit.
  -c, --config PATH  The monitor.yaml to use.
  -h, --help         Show this message and exit.

Commands:
"""


def help_page() -> str:
    """What `monitor --help` prints."""
    width = max(map(len, COMMANDS))
    return _HEAD + "".join(f"  {name.ljust(width)}  {line}\n" for name, (_, _, line) in sorted(COMMANDS.items()))
