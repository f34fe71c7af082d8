"""Commands that look after what is kept: `monitor backup` and `monitor prune`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_context
def backup(ctx: click.Context, file: Path) -> None:
    """Copy the database to FILE while the daemon works, and check the copy.

    An earlier backup of that name is replaced once the new one is whole. To restore, stop the monitor and put the copy
    in the database's place (see deploy/README.md).

    Example: monitor backup /var/backups/monitor.db
    """
    from .cli import config_path
    from .store.safety import backup as copy
    from .store.where import state_path

    size = copy(state_path(config_path(ctx)), file)
    click.echo(f"{file}: {size / 1e6:.1f} MB, checked")


@click.command()
@click.pass_context
def prune(ctx: click.Context) -> None:
    """Forget what is older than `retention:` says. The daemon does this by itself once a day.

    Full text goes first; titles, links and readings much later. What a story was known by stays, so that none is told
    twice, and so does everything the shift detector needs.

    Example: monitor prune
    """
    from .cli import settings
    from .clock import utcnow
    from .store.connect import open_reader, open_store
    from .store.prune import prune as forget

    found = settings(ctx)
    open_reader(found.state).close()  # refuses a missing database: nothing is made here
    with open_store(found.state, lock=False) as store:
        counts = forget(store, found.retention, utcnow())
    click.echo(
        ", ".join(f"{counts[name]} {name}" for name in ("texts", "revisions", "stories", "alerts")) + " forgotten"
    )
