"""Pictures of the report for the README: `python -m tests.pages.screenshots monitor/pages/pictures`.

The quarter they show is made up, the story is one of the demo's, both the same at every run. Each is at most 120 kB.
"""

from __future__ import annotations

import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from monitor.pages.data import read_report
from monitor.pages.make import Wanted, demo_settings
from monitor.pages.page import build
from monitor.pages.records import Report, StoryFacts
from monitor.store.connect import open_reader
from tests.pages.browser import Sight, chromium
from tests.pages.world import END, make_world

MOST_BYTES = 120_000
# Name, view, and how it is looked at.
PICTURES: tuple[tuple[str, str, dict[str, int | bool]], ...] = (
    ("overview", "#/", {"height": 800}),
    ("watchlist", "#/w/north-pass-brigades", {"height": 1180}),
    ("story", "", {"height": 860}),
    ("feeds", "#/feeds", {"height": 800}),
    ("alerts", "#/alerts", {"height": 760}),
    ("dark", "#/w/harbour-league", {"height": 1080, "dark": True}),
    ("narrow", "#/w/north-pass-brigades", {"width": 390, "height": 1240}),
)


def main(out: Path) -> int:
    """Make the pictures; 0, or 1 where one is too large or something was wrong in a page."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, demo_settings() as (demo, end), chromium() as browser:
        database = Path(folder) / "monitor.db"
        lists = make_world(database, stories=2_600)
        with open_reader(database) as store:
            quarter = read_report(store, lists, until=END, zone="Asia/Baghdad")
        fortnight = Wanted(demo, 90, end).read()
        pages = {}
        for name, report in (("quarter", quarter), ("fortnight", fortnight)):
            file = Path(folder) / f"{name}.html"
            file.write_text(build(report).html, encoding="utf-8")
            pages[name] = file.as_uri()
        story = telling_story(fortnight)
        return sum([_picture(browser, out, name, pages, view, story, how) for name, view, how in PICTURES]) and 1


def telling_story(report: Report) -> int:
    """A story of the demo that shows most: read in another language, with background set aside."""

    def worth(story: StoryFacts) -> tuple[bool, bool, int, int]:
        readings = [reading for _, reading in story.readings]
        return (
            story.lang != "en" and any(reading.gloss for reading in readings),
            any(reading.background for reading in readings),
            max(len(reading.trace) for reading in readings),
            story.id,
        )

    return max(report.stories.values(), key=worth).id


def _picture(
    browser: Browser, out: Path, name: str, pages: dict[str, str], view: str, story: int, how: dict[str, int | bool]
) -> int:
    """One picture; 1 where it is too large or its page complained."""
    url = pages["fortnight"] + f"#/s/{story}" if name == "story" else pages["quarter"] + view
    with Sight(browser, **how) as seen:  # type: ignore[arg-type]
        shown = seen.open(url)
        shown.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        picture = small(shown.screenshot())
    (out / f"{name}.png").write_bytes(picture)
    print(f"{out / name}.png: {len(picture) / 1000:.0f} kB", *seen.wrong)
    return int(len(picture) > MOST_BYTES or bool(seen.wrong))


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
