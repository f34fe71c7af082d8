"""Pictures of the report for the README: `python -m tests.pages.screenshots monitor/pages/pictures`.

The quarter they show is made up, and the same at every run. Each is at most 120 kB.
"""

from __future__ import annotations

import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image

from monitor.pages.data import read_report
from monitor.pages.page import build
from monitor.store.connect import open_reader
from tests.pages.browser import Sight, chromium
from tests.pages.world import END, make_world

MOST_BYTES = 120_000
# Name, view, and how it is looked at.
PICTURES: tuple[tuple[str, str, dict[str, int | bool]], ...] = (
    ("overview", "#/", {"height": 800}),
    ("watchlist", "#/w/north-pass-brigades", {"height": 1180}),
    ("story", "#/s/", {"height": 820}),
    ("feeds", "#/feeds", {"height": 800}),
    ("alerts", "#/alerts", {"height": 760}),
    ("dark", "#/w/harbour-league", {"height": 1080, "dark": True}),
    ("narrow", "#/w/north-pass-brigades", {"width": 390, "height": 1240}),
)


def main(out: Path) -> int:
    """Make the pictures; 0, or 1 where one is too large or something was wrong in a page."""
    out.mkdir(parents=True, exist_ok=True)
    wrong = 0
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        database = Path(folder) / "monitor.db"
        lists = make_world(database, stories=2_600)
        with open_reader(database) as store:
            report = read_report(store, lists, until=END, zone="Asia/Baghdad", title="monitor")
        story = max(
            (each for each in report.stories.values() if each.lang == "fa" and each.readings[1][1].background),
            key=lambda each: (each.readings[1][1].direction == "escalation", len(each.summary), each.id),
        )
        page = Path(folder) / "report.html"
        page.write_text(build(report).html, encoding="utf-8")
        for name, view, how in PICTURES:
            with Sight(browser, **how) as seen:  # type: ignore[arg-type]
                shown = seen.open(page.as_uri() + view + (str(story.id) if view == "#/s/" else ""))
                shown.wait_for_timeout(300)
                picture = small(shown.screenshot())
            (out / f"{name}.png").write_bytes(picture)
            print(f"{out / name}.png: {len(picture) / 1000:.0f} kB{' TOO LARGE' if len(picture) > MOST_BYTES else ''}")
            wrong += len(picture) > MOST_BYTES or bool(seen.wrong)
            for said in seen.wrong:
                print(f"  {said}")
    return int(wrong > 0)


def small(picture: bytes) -> bytes:
    """A PNG with as many colours as it needs for its size, a palette's at most."""
    held = Image.open(BytesIO(picture)).convert("RGB")
    for colours in (256, 128, 64):
        buffer = BytesIO()
        held.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
            buffer, "PNG", optimize=True
        )
        if buffer.tell() <= MOST_BYTES:
            break
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "monitor/pages/pictures")))
