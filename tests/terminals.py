"""Standard output and error as a terminal of 80 columns would take them."""

from __future__ import annotations

import io
import re
import sys

import pytest


class Screen(io.StringIO):
    """What a terminal was sent."""

    def isatty(self) -> bool:
        return True

    @property
    def raw(self) -> str:
        """All of it, with the codes for colour."""
        return self.getvalue()

    @property
    def text(self) -> str:
        """What can be read."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.getvalue()).replace("\r", "\n")


def screen(monkeypatch: pytest.MonkeyPatch, *, stdout: bool = True, columns: int = 80) -> Screen:
    """Standard output (else standard error) is a terminal from now on."""
    found = Screen()
    monkeypatch.setattr(sys, "stdout" if stdout else "stderr", found)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return found
