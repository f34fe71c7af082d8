"""Commands to begin with: `monitor demo`, `monitor init` and `monitor check`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from .cli import config_path


@click.command()
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


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path("."))
def init(folder: Path) -> None:
    """Write an annotated monitor.yaml, the three watchlists and a feed list into FOLDER.

    Nothing that is already there is overwritten.

    Example: monitor init /etc/monitor
    """
    from .setup import write_setup

    for line in write_setup(folder):
        click.echo(line)


@click.command()
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
