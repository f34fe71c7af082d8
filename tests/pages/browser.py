"""A headless Chromium for the pages: Debian's, driven by playwright; nothing is downloaded."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = os.environ.get("MONITOR_CHROMIUM", "/usr/bin/chromium")
# A machine under load is slow, not wrong, in milliseconds.
PATIENCE_MS = 60_000


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser; as root it runs without its sandbox."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*arguments, "--force-color-profile=srgb"])
        yield browser
        browser.close()


class Sight:
    """A page that is looked at, with all that went wrong in it."""

    def __init__(
        self, browser: Browser, *, dark: bool = False, width: int = 1180, height: int = 900, **more: Any
    ) -> None:
        self._context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            locale="en-GB",
            **more,
        )
        self._context.set_default_timeout(PATIENCE_MS)
        self.page: Page = self._context.new_page()
        self.wrong: list[str] = []
        self.page.on(
            "console", lambda said: self.wrong.append(said.text) if said.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))

    def __enter__(self) -> Sight:
        return self

    def __exit__(self, *_: object) -> None:
        self._context.close()

    def open(self, url: str) -> Page:
        """Open a page and wait until it is drawn."""
        self.page.goto(url)
        self.ready()
        return self.page

    def go(self, place: str) -> Page:
        """Another view of the page that is open: `#/feeds`."""
        self.page.evaluate(
            "place => { document.documentElement.removeAttribute('data-ready'); location.hash = place; }", place
        )
        self.ready()
        return self.page

    def ready(self) -> None:
        """Wait until the view is drawn."""
        place = self.page.evaluate("location.hash || '#/'")
        self.page.locator(f'html[data-ready="{place}"]').wait_for(state="attached")
