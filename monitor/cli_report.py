"""`monitor report`: the picture, as a page of its own or served live."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import click

from .cli import Trouble, reading_setup, settings, watchlists_option


@click.command()
@click.argument("results", nargs=-1, type=click.Path(path_type=Path, exists=True, file_okay=False))
@watchlists_option("With RESULTS: the watchlists they were made with.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("report.html"), show_default=True,
              help="The HTML file to write, or a folder for report.html.")  # fmt: skip
@click.option("--days", default=90, show_default=True, type=click.IntRange(7, 400), help="How far back it reaches.")
@click.option("--until", metavar="WHEN", help="Its last moment: a date (2025-06-30) or an age (7d). Default: now.")
@click.option("--demo", is_flag=True, help="Make it from the demo's data: no config needed, takes half a minute.")
@click.option("--serve", metavar="HOST:PORT", help="Serve it live and read-only instead of writing a file.")
@click.pass_context
def report(
    ctx: click.Context,
    results: tuple[Path, ...],
    watchlists: Path | None,
    out: Path,
    days: int,
    until: str | None,
    demo: bool,
    serve: str | None,
) -> None:
    """The picture: watchlists, events, evidence, shifts, feeds and alerts in one page that needs no network.

    The file opens in any browser, from a mail or a share. Served, it shows what is new as it comes; on an address that
    other machines reach, a token is asked for: the credential `web_token`. With RESULTS, what `monitor backfill` wrote,
    it shows that past as the monitor would have lived it.

    \b
    Example: monitor report --out today.html
             monitor report --demo --out /tmp/demo-report
             monitor report --serve 127.0.0.1:8765
             monitor report past --watchlists watchlists/examples --days 400
    """
    from .look import parse_since
    from .pages.make import Wanted, demo_settings, serve_report, write_report

    moment = parse_since(until) if until else None
    if until and moment is None:
        raise click.BadParameter(f"{until!r} is neither a date (2025-06-30) nor an age (7d)", param_hint="--until")
    with ExitStack() as stack:
        if demo:
            found, end = stack.enter_context(demo_settings())
            wanted = Wanted(found, days, moment or end)
        elif results:
            from .pages.past import past_settings

            found, end = stack.enter_context(past_settings(results, reading_setup(ctx, watchlists)[0]))
            wanted = Wanted(found, days, moment or end)
        else:
            wanted = Wanted(settings(ctx), days, moment)
        if serve:
            wrong = serve_report(wanted, serve)
            if wrong:
                raise Trouble(wrong)
            return
        file, size = write_report(wanted, out)
        click.echo(f"{file}: {size / 1e6:.2f} MB")
