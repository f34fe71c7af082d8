"""`monitor lab shifts`: is the shift detector as good as it must be? Prints one row a demand."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click


@click.command("shifts", epilog="Example: monitor lab shifts --seed 7 --json > shifts.json")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another set of simulated streams.")
@click.option(
    "--effort",
    type=click.FloatRange(0.01, 10),
    default=1.0,
    show_default=True,
    help="Share of the streams: 0.1 is a quick look.",
)
@click.option("--processes", type=click.IntRange(1, 64), default=2, show_default=True, help="How many work at a time.")
@click.option("--rivals/--no-rivals", default=None, help="Other detectors beside it (needs the `lab` extra).")
@click.option("--delays", type=click.Path(dir_okay=False), help="Instead: write the table of expected delays there.")
@click.option("--progress", is_flag=True, help="Say what is done even where there is no terminal.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def shifts_command(
    seed: int, effort: float, processes: int, rivals: bool | None, delays: str | None, progress: bool, as_json: bool
) -> None:
    """Measure the shift detector on simulated news streams against every demand made of it.

    Exits with 1 if a row is not ok. The full table takes about ten minutes on two cores.
    """
    from ..headway import Headway
    from .shifts import acceptance, jobs

    if delays is not None:
        from .shift_delays import write_delay_table

        write_delay_table(Path(delays), seed, lambda line: click.echo(line, err=True))
        return
    with Headway("measuring", len(jobs(effort)), "cells") as headway:

        def done(line: str) -> None:
            headway.add()
            if progress or sys.stderr.isatty():
                headway.say(line)

        found = acceptance(seed, effort, processes, rivals, done)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        _print(found)
    sys.exit(0 if found["ok"] == found["rows"] else 1)


def _print(found: dict[str, Any]) -> None:
    for row in found["acceptance"]:
        sign = ">=" if row["at_least"] else "<="
        span = (
            "" if row["interval"] is None else " [{}, {}]".format(*("-" if v is None else v for v in row["interval"]))
        )
        marks = (("ok " if row["point_ok"] else "ok~") if row["ok"] else "BAD") + (" *" if row["stretch_met"] else "  ")
        click.echo(f"{marks} {row['name']}: {row['measured']}{span} {sign} {row['limit']} ({row['unit']})")
    for row in found["rivals"] or ():
        click.echo(f"    {row}")
    click.echo(
        f"{found['ok']} of {found['rows']} ok, {found['point_ok']} of them by the figure itself (ok~: by its interval),"
    )
    click.echo(f"{found['stretch_met']} meet the stretch (*); {found['seconds']} s, seed {found['seed']}")


if __name__ == "__main__":
    shifts_command()
