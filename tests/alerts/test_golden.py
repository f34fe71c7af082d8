"""Every kind of alert in every form, compared with a rendering that a person has looked at.

After a deliberate change: `python -m tests.alerts.test_golden` writes them anew; read the difference before it is kept.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.alerts.message import render
from tests.alerts.samples import ALL

GOLDEN = Path(__file__).parent / "golden"
FORMS = ("txt", "html", "md")


def forms(name: str) -> dict[str, str]:
    """A sample's message in each form, the subject first in the plain text."""
    message = render(ALL[name], "Asia/Baghdad", chart=b"png" if name == "shift" else None)
    return {
        "txt": f"Subject: {message.subject}\n\n{message.text}",
        "html": message.html,
        "md": f"{message.markdown}\n--\n{message.footer}\n",
    }


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ALL)
def test_every_kind_of_alert_is_rendered_as_it_was_looked_at(name: str, form: str) -> None:
    assert forms(name)[form] == (GOLDEN / f"{name}.{form}").read_text(encoding="utf-8")


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for each in ALL:
        for suffix, text in forms(each).items():
            (GOLDEN / f"{each}.{suffix}").write_text(text, encoding="utf-8")
