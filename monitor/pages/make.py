"""`monitor report`: the page into a file, or served; from the configured database or from the demo's."""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..config import Settings, read_settings
from ..store.connect import open_reader
from .access import CREDENTIAL, Access, address, fault, is_loopback
from .data import last_moment, read_report
from .page import build
from .records import Report

# The name of a report in a folder.
FILE = "report.html"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the report is made from: a checked configuration, the days, and the moment it is as of (None: now)."""

    settings: Settings
    days: int
    until: datetime | None

    def read(self) -> Report:
        """The report of this moment."""
        with open_reader(self.settings.state) as store:
            return read_report(
                store, self.settings.watchlists, until=self.until, days=self.days, zone=self.settings.timezone
            )


@contextlib.contextmanager
def demo_settings() -> Iterator[tuple[Settings, datetime | None]]:
    """The demo run into a folder that is gone afterwards: its configuration, and the end of its simulated fortnight."""
    from ..demo.run import run_demo

    with tempfile.TemporaryDirectory(prefix="monitor-demo-") as folder:
        print("Running the demo to have something to show ...", file=sys.stderr, flush=True)
        with contextlib.redirect_stdout(io.StringIO()):
            run_demo(Path(folder))
        found = read_settings(Path(folder) / "monitor.yaml")
        with open_reader(found.state) as store:
            end = last_moment(store)
        yield found, end


def write_report(wanted: Wanted, out: Path) -> tuple[Path, int]:
    """Write the page: into `out` where that is an HTML file's name, else into that folder. Returns file and size."""
    target = out if out.suffix.lower() in (".html", ".htm") and not out.is_dir() else out / FILE
    html = build(wanted.read()).html.encode("utf-8")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(target.name + ".part")
    draft.write_bytes(html)
    draft.replace(target)
    return target, len(html)


def serve_report(wanted: Wanted, where: str) -> str:
    """Serve the page at an address until told to stop; returns what is wrong where it may not be served there."""
    from .serve import Source, application, serve

    try:
        host, port = address(where)
    except ValueError as error:
        return str(error).replace(" -> ", ". ")
    token = wanted.settings.fill(f"${{{CREDENTIAL}}}")
    wrong = fault(host, token)
    if wrong:
        return wrong
    open_reader(wanted.settings.state).close()  # a missing database is told now, not to the first reader
    source = Source(
        wanted.settings.state, wanted.read, lambda report, version: build(report, live=True, version=version)
    )
    shown = f"[{host}]" if ":" in host else host
    print(f"http://{shown}:{port}/{'  (a token is asked for)' if token else ''}", flush=True)
    serve(application(source, Access(token), local=is_loopback(host)), host, port)
    return ""
