"""`monitor lab backtest`: what each setting would have told of a read past, and missed."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ..cli import Trouble, reading_setup, watchlists_option


@click.command("backtest")
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--timeline", required=True, type=click.Path(path_type=Path, exists=True), help="Turning points, as CSV.")
@watchlists_option("The watchlists the result was made with.")
@click.option("--only", multiple=True, metavar="ID", help="Only this watchlist.")
@click.option(
    "--set", "sets", multiple=True, metavar="KEY=VALUES", help="Values to try, for example signal.strength=1,2,3"
)
@click.option("--chart", type=click.Path(path_type=Path, dir_okay=False), help="Draw it into this PNG.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def backtest_command(
    ctx: click.Context,
    results: tuple[Path, ...],
    timeline: Path,
    watchlists: Path | None,
    only: tuple[str, ...],
    sets: tuple[str, ...],
    chart: Path | None,
    as_json: bool,
) -> None:
    """What each setting would have told of a past that `monitor backfill` has read, and which turning points it missed.

    Several --set give every combination. Nothing is read again: it takes seconds.

    \b
    Example: monitor lab backtest past --timeline turns.csv --set signal.strength=1,2,3
             --set shift.false_alarms=1,4 --chart backtest.png
    """
    from ..archive.results import open_results
    from .backtest import backtest, parse_sets
    from .backtest_view import draw, plain, show
    from .turning_points import read_timeline

    lists, _ = reading_setup(ctx, watchlists)
    found = open_results(results)
    found.refuse_other(lists)
    chosen = [each for each in lists if not only or each.id in only]
    if not chosen:
        raise Trouble(f"no watchlist `{', '.join(only)}`. Watchlists: {', '.join(each.id for each in lists)}")
    outcomes = backtest(found.stories(), chosen, read_timeline(timeline), parse_sets(sets))
    if chart:
        draw(outcomes, chart)
    if as_json:
        click.echo(json.dumps({"outcomes": [plain(outcome) for outcome in outcomes]}, ensure_ascii=False))
    else:
        show(outcomes)
