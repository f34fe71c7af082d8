"""Promises of `monitor demo`: the whole work, on this machine alone, ending by itself."""

from __future__ import annotations

import json
import mailbox
import re
import subprocess
import sys
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import main

README = Path(__file__).parents[1] / "README.md"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    out = tmp_path_factory.mktemp("demo") / "out"
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "demo", "--out", str(out)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return out, done.stdout


def mails(out: Path) -> list[EmailMessage]:
    box = mailbox.Maildir(str(out / "mail"), factory=None, create=False)
    return [message_from_bytes(box.get_bytes(key), policy=default) for key in box.iterkeys()]  # type: ignore[misc]


def test_it_leaves_the_mail_that_arrived_and_the_database(demo: tuple[Path, str]) -> None:
    out, _ = demo
    assert (out / "monitor.db").exists()
    assert len(mails(out)) >= 5


def test_every_alert_shown_in_the_terminal_arrived_by_mail_once(demo: tuple[Path, str]) -> None:
    out, shown = demo
    shown_ids = re.findall(r"^Alert (\w+)$", shown, re.MULTILINE)
    assert sorted(shown_ids) == sorted(str(mail["X-Monitor-Alert"]) for mail in mails(out))
    assert len(set(shown_ids)) == len(shown_ids)


def test_it_reads_stories_in_three_languages(demo: tuple[Path, str]) -> None:
    out, _ = demo
    done = CliRunner().invoke(main, ["-c", str(out / "monitor.yaml"), "stories", "--json", "--limit", "500"])
    stories = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(stories) >= 40
    read = {story["lang"] for story in stories if any(r["direction"] != "none" for r in story["readings"])}
    assert read == {"en", "ar", "fa"}


def test_noise_raises_no_alert(demo: tuple[Path, str]) -> None:
    _, shown = demo
    for title in ("Strikers bombard goal", "Ashraf Ghani", "Coordination Framework for floods"):
        assert title not in shown


def test_every_alert_names_its_evidence_and_its_rule(demo: tuple[Path, str]) -> None:
    out, _ = demo
    for mail in mails(out):
        body = mail.get_body(("plain",))
        assert body is not None
        text = body.get_content()
        if "SHIFT TO" in text:
            assert re.search(r"\d+ of \d+ independent stories", text)
            assert "by chance" in text.lower()
        else:
            assert ">> " in text
            assert "One event of strength " in text


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear aunt", encoding="utf-8")
    done = CliRunner().invoke(main, ["demo", "--out", str(tmp_path)])
    assert done.exit_code == 1
    assert "holds something else" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_the_alert_in_the_readme_is_one_that_the_demo_prints(demo: tuple[Path, str]) -> None:
    _, shown = demo
    found = re.search(r"<!-- alert -->\n```text\n(.+?)\n```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    what_it_says = found[1].partition("\n--\n")[0]  # the numbers under it depend on the order of arrival
    assert what_it_says in re.sub(r"[ \t]+$", "", shown, flags=re.MULTILINE)
