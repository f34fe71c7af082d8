"""`python -m monitor` is `monitor`."""

from .cli import main

main(prog_name="monitor")
