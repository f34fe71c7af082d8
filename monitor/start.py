"""Where the program starts. What is asked most often is answered without the command line's library, which takes longer
to import than the answer: `monitor --help`, and `monitor status` for whoever asks every minute."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

# Where the configuration is looked for when none is named.
PLACES = ("monitor.yaml", "/etc/monitor/monitor.yaml")


def main() -> None:
    """Run the command that was asked for, and exit."""
    words = sys.argv[1:]
    if words in (["--help"], ["-h"]):
        from .commands import help_page

        sys.stdout.write(help_page())
        return
    config = plain_status(words)
    if config:
        _status(config, as_json=words[-1] == "--json")
    from .cli import main as face

    face(prog_name="monitor")


def usual_config() -> str | None:
    """The configuration named in the environment, or the first that is in its usual place, or None."""
    return os.environ.get("MONITOR_CONFIG") or next((place for place in PLACES if os.path.exists(place)), None)


def plain_status(words: Sequence[str]) -> str | None:
    """The configuration of a plain `[-c FILE] status [--json]`; None for all else, which the face deals with."""
    named = None
    if len(words) > 2 and words[0] in ("-c", "--config"):
        named, words = words[1], words[2:]
    if list(words) not in (["status"], ["status", "--json"]):
        return None
    return named or usual_config()


def _status(config: str, *, as_json: bool) -> None:
    """Print the status and exit. Where the database cannot be opened it returns: the face says why."""
    from pathlib import Path

    from .look import show_status
    from .store.connect import open_reader
    from .store.where import state_path

    try:
        store = open_reader(state_path(Path(config)))
    except Exception:
        return
    with store:
        try:
            code = show_status(store, as_json=as_json)
            sys.stdout.flush()
        except BrokenPipeError:
            sys.stderr.close()
            code = 0
    sys.exit(code)
