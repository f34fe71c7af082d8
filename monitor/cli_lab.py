"""Commands that measure the rest, under `monitor lab`, each loaded when it is called: they bring heavy parts."""

from __future__ import annotations

import click

from .cli import LazyGroup
from .commands import LAB


@click.group(cls=LazyGroup, table=LAB)
def lab() -> None:
    """Measure the reading and the shift detector on labelled stories, simulated streams and the real past.

    Example: monitor lab stories mine.jsonl --errors
    """
