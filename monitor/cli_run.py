"""Commands that do the work: `monitor run` and `monitor poll`."""

from __future__ import annotations

import sys

import click

from .cli import config_path, settings


@click.command()
@click.pass_context
def run(ctx: click.Context) -> None:
    """Run the daemon until it is told to stop (SIGTERM or Ctrl-C).

    Under systemd it reports readiness and feeds the watchdog.

    Example: monitor --config /etc/monitor/monitor.yaml run
    """
    from .daemon import run_daemon

    sys.exit(run_daemon(config_path(ctx)))


@click.command()
@click.option("--all", "everything", is_flag=True, help="Poll every feed now, due or not.")
@click.pass_context
def poll(ctx: click.Context, everything: bool) -> None:
    """One pass: poll the feeds that are due, read what is new, deliver what is due, and exit. Made for cron.

    Example: monitor poll
    """
    from .daemon import run_once

    sys.exit(run_once(settings(ctx), everything=everything))
