"""`monitor backfill`: years of archive, read on this machine or on a Dask cluster."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from .cli import reading_setup, watchlists_option


@click.command()
@click.argument("archives", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@watchlists_option()
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True, help="The result's folder."
)
@click.option("--scheduler", metavar="ADDRESS", help="Read on a Dask cluster, for example tcp://host:8786.")
@click.option("--workers", type=click.IntRange(1), help="Processes on this machine (default: one for each core).")
@click.option("--columns", metavar="MAP", help="Columns of tables: gdelt-gkg, or date=2,title=headline,url=61 …")
@click.option("--chunk-mb", type=click.FloatRange(0.001, 512), default=4.0, show_default=True, help="Size of a chunk.")
@click.option("--into", type=click.Path(path_type=Path, dir_okay=False), help="Make the result a monitor's history.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def backfill(
    ctx: click.Context,
    archives: tuple[Path, ...],
    watchlists: Path | None,
    out: Path,
    scheduler: str | None,
    workers: int | None,
    columns: str | None,
    chunk_mb: float,
    into: Path | None,
    as_json: bool,
) -> None:
    """Read years of archive into Parquet: what is about a watchlist, how it reads, which events it makes.

    ARCHIVES are .jsonl, .csv, .tsv (also .gz or .zip), .parquet, folders of them, or folders of captured RSS. A table with
    other columns than date, title, summary, body, outlet, url, lang needs --columns. Killed, the same command goes on
    where it was; new archives may be added to a finished result.

    With --into DB the stories become the history of the monitor with that database, running or not, and nothing is told.
    Then ARCHIVES may be a finished result.

    \b
    Examples:
      monitor backfill 2022.jsonl.gz 2023.parquet --watchlists watchlists/examples --out past
      monitor backfill past --into /var/lib/monitor/monitor.db
    """
    from .archive.results import is_results, open_results
    from .archive.run import run_backfill

    lists, model = reading_setup(ctx, watchlists)
    finished = [path for path in archives if path.is_dir() and is_results(path)]
    if finished and (len(finished) < len(archives) or into is None):
        raise click.UsageError("a result is not an archive: give it alone, with --into")
    if finished and into is not None:
        from .archive.into import run_into

        sys.exit(run_into(open_results(finished), lists, into, as_json=as_json))
    from .archive.backfill import Request

    request = Request(archives, tuple(lists), model, out, scheduler, workers, columns, chunk_mb)
    counts = run_backfill(request, as_json=as_json)
    if into:
        from .archive.into import run_into

        sys.exit(run_into(open_results([out]), lists, into, as_json=as_json))
    if as_json:
        click.echo(json.dumps(counts, ensure_ascii=False))
