"""The face: one command for each question a user has. What each needs is imported when it is called.

`commands.py` says which commands there are and in which module beside this one each lives.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import __version__
from .commands import COMMANDS, help_page
from .start import PLACES, usual_config

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from .config import Settings
    from .watchlists import Watchlist


class Trouble(click.ClickException):
    """Something a person must mend: printed as it is, exit code 1."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        """Print the message to standard error."""
        click.echo(self.message, err=True)


class LazyGroup(click.Group):
    """A group whose commands are named in a table of `commands.py` and loaded when they are called."""

    def __init__(self, *args: Any, table: Mapping[str, tuple[str, str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in order."""
        return sorted(self._table)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of that name, loaded now."""
        if name not in self._table:
            return None
        module, attribute, _ = self._table[name]
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """What the Tab key offers: the commands with their lines from the table, and this group's own options."""
        from click.shell_completion import CompletionItem

        lines = {name: line for name, (_, _, line) in self._table.items() if name.startswith(incomplete)}
        found = [CompletionItem(name, help=line) for name, line in sorted(lines.items())]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands with their lines from the table: nothing is loaded for it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in sorted(self._table.items())])


class _Face(LazyGroup):
    def get_help(self, ctx: click.Context) -> str:
        """The page that is also printed without this module."""
        return help_page().rstrip("\n")

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


@click.group(
    cls=_Face,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="monitor")
@click.option(
    "-c", "--config", type=click.Path(path_type=Path), envvar="MONITOR_CONFIG", help="The monitor.yaml to use."
)
@click.pass_context
def main(ctx: click.Context, config: Path | None) -> None:
    """Watch news feeds for a turn toward escalation or de-escalation, and say why."""
    ctx.obj = config


def watchlists_option(
    meaning: str = "A folder of watchlists (default: the configuration's, else the shipped ones).",
    name: str = "watchlists",
) -> Callable[[Any], Any]:
    """`--watchlists FOLDER`, given to the command as `name`."""
    folder = click.Path(path_type=Path, exists=True, file_okay=False)
    return click.option("--watchlists", name, type=folder, help=meaning)


def chosen_config(ctx: click.Context) -> Path | None:
    """The configuration named on the command line or in the environment, or the one in its usual place, or None."""
    chosen = ctx.find_root().obj or usual_config()
    return Path(chosen) if chosen else None


def config_path(ctx: click.Context) -> Path:
    """The configuration to use, or Trouble where there is none."""
    chosen = chosen_config(ctx)
    if chosen is None:
        raise Trouble(
            f"no {PLACES[0]} here and no {PLACES[1]}: run `monitor init` to write one, or name it with --config"
        )
    return chosen


def settings(ctx: click.Context) -> Settings:
    """The checked configuration."""
    from .config import read_settings

    return read_settings(config_path(ctx))


def reading_setup(ctx: click.Context, folder: Path | None) -> tuple[Sequence[Watchlist], str]:
    """The watchlists and the model to read with: a folder's, the configuration's, or the shipped ones."""
    from .config import DEFAULT_MODEL, read_settings
    from .shipped import watchlists_dir
    from .watchlists import read_watchlists

    chosen = chosen_config(ctx)
    if folder is None and chosen:
        found = read_settings(chosen)
        return found.watchlists, found.model
    return read_watchlists(folder or watchlists_dir()), DEFAULT_MODEL
