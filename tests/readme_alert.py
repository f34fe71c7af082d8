"""Writes one alert of the demo into the README, as the demo prints it: `python -m tests.readme_alert`."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
# Which of the demo's alerts is shown: the first one that has these words.
WORDS = "Iran's Qaani in Baghdad, tells factions not to attack\n"


def alerts(shown: str) -> list[str]:
    """The alerts in the demo's output, without its rules and trailing spaces."""
    return [
        re.sub(r"[ \t]+$", "", part, flags=re.MULTILINE).strip() for part in re.split(r"^[─═]{78}$", shown, flags=re.M)
    ]


def main() -> None:
    """Run the demo and replace the alert between the README's marks."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "monitor", "demo", "--out", f"{folder}/out"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    alert = next(text for text in alerts(done.stdout) if WORDS in text)
    text = README.read_text(encoding="utf-8")
    block = f"<!-- alert -->\n```text\n{alert}\n```"
    README.write_text(re.sub(r"<!-- alert -->\n```text\n.*?```", lambda _: block, text, count=1, flags=re.S), "utf-8")


if __name__ == "__main__":
    main()
