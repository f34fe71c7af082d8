"""The promise of deploy/README.md: whoever has a bare Debian and follows it to the letter receives a test message and,
with the first new story, an alert.

The commands are those of its fenced blocks; only what is anyone's own is put in: the repository's address, the feed, the
mail server. $MONITOR_TEST_BARE_TREE names a ready tree instead of one that is made here, $MONITOR_TEST_ENVIRONMENT a
ready Python environment instead of the one that the script makes; $MONITOR_TEST_BINDS what that one needs besides.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.deploy.box import Box
from tests.deploy.newcomer import ROOT, guide, mail_server, make_tree, pip_configuration
from tests.site import rss, serve

pytestmark = pytest.mark.heavy

CALM = ("Warm weather expected", "Light wind and sun over the south.")
NEWS = ("Rockets strike the Port of Basra, wounding six workers", "Three rockets hit the quay at dawn, police said.")
# How long the first alert may take on a busy machine, in seconds.
PATIENCE_S = 120.0


@pytest.fixture(scope="module")
def tree() -> Iterator[Path]:
    ready = os.environ.get("MONITOR_TEST_BARE_TREE")
    if ready:
        yield Path(ready)
        return
    folder = Path(tempfile.mkdtemp(prefix="monitor-bare-", dir="/var/tmp"))
    folder.chmod(0o755)
    make_tree(folder)
    yield folder
    shutil.rmtree(folder)


def await_true(fact: Callable[[], object], why: Callable[[], str]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not fact():
        assert time.monotonic() < until, why()
        time.sleep(0.5)


def test_the_guide_followed_to_the_letter_leads_to_an_alert(tree: Path, tmp_path: Path) -> None:
    repository = tmp_path / "monitor.git"
    subprocess.run(["git", "clone", "-q", "--bare", "--no-hardlinks", str(ROOT), str(repository)], check=True)
    pip, named = pip_configuration()
    environment = os.environ.get("MONITOR_TEST_ENVIRONMENT", "")
    binds = [environment, *os.environ.get("MONITOR_TEST_BINDS", "").split(":")]
    ready = [Path(folder) for folder in binds if folder]
    began = time.monotonic()
    with (
        serve() as paper,
        mail_server("monitor", "the password") as (mailbox, smtp),
        Box([repository, *named, *ready], root=tree, share_network=True) as box,
    ):
        paper.pages["rss.xml"] = rss(CALM)
        box.write("/etc/resolv.conf", Path("/etc/resolv.conf").read_text(encoding="utf-8"))
        box.write("/etc/pip.conf", pip)
        own = {
            "REPOSITORY": str(repository),
            "install.sh install\n": f"install.sh install {f'--environment {environment}' if environment else ''}\n",
            "  - watchlists/feeds/iraq-iran.yaml\n": "",
            '"https://paper.example.org/rss.xml"': f'"{paper.url("rss.xml")}", private: true',
            "routes:\n": "polling: {min: 1s, max: 1s, spacing: 0s}\nroutes:\n",
            "mailtos://": "mailto://",
            "@mail.example.org?": f"@127.0.0.1:{smtp}?",
        }
        for block in guide("Install", "Credentials", "First watchlist, first alert"):
            commands = block
            for words, mine in own.items():
                commands = commands.replace(words, mine)
            said = box.run("bash", "-exc", commands, patience_s=900)
            print(f"{time.monotonic() - began:5.0f} s  {block.splitlines()[0]}")
            if "check --online --notify" in block:
                assert "All fine." in said
                assert [message["To"] for message in mailbox.received] == ["desk@example.org"]
        status = box.run("monitor", "status", check=False)
        assert "my-paper" in status

        def log() -> str:
            return box.run("journalctl", "-u", "monitor", "-o", "cat", "--no-pager")

        await_true(lambda: "poll feed=my-paper" in log(), log)
        paper.pages["rss.xml"] = rss(NEWS, CALM)
        await_true(lambda: any(NEWS[0] in str(message) for message in mailbox.received[1:]), log)
        print(f"{time.monotonic() - began:5.0f} s  the alert has arrived")
        for block in guide("Backup and restore"):
            box.run("bash", "-exc", "mkdir -p /var/backups; " + block)
        await_true(lambda: box.show("monitor", "ActiveState") == "active", log)
        assert sum(NEWS[0] in str(message) for message in mailbox.received) == 1
