"""Commands that read stories and say why: `monitor explain` and `monitor replay`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from .cli import chosen_config, reading_setup, watchlists_option


@click.command()
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

    sys.exit(run_explain(what, chosen_config(ctx), as_json=as_json))


@click.command()
@click.argument("archives", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@watchlists_option()
@click.option("--leave-out", multiple=True, metavar="SRC", help="Leave out rows whose `src` begins with this.")
@click.option(
    "--readings", type=click.Path(path_type=Path, file_okay=False), help="Keep readings here for the next run."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def replay(
    ctx: click.Context,
    archives: tuple[Path, ...],
    watchlists: Path | None,
    leave_out: tuple[str, ...],
    readings: Path | None,
    as_json: bool,
) -> None:
    """The past in order on a simulated clock: which alerts would have gone out.

    ARCHIVES are JSONL, CSV or Parquet files (also .gz); each row has date (ISO 8601), outlet, title, summary, url, lang.
    Results of `monitor backfill` are taken as they are: nothing is read again.

    Example: monitor replay 2024.jsonl.gz --watchlists watchlists/examples
    """
    from .lab.replay import run_replay

    lists, model = reading_setup(ctx, watchlists)
    sys.exit(run_replay(archives, lists, as_json=as_json, model=model, leave_out=leave_out, readings=readings))
