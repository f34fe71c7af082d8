"""Promises of the service under a real systemd, in the order of an operator's days: install, run, mishaps, removal.

The tests of this file share one machine and follow each other. The program's environment is made by the install script
itself; $MONITOR_TEST_ENVIRONMENT names a ready one instead.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.deploy.box import Box
from tests.site import rss

pytestmark = pytest.mark.heavy

ROOT = Path(__file__).parents[2]
INSTALL = str(ROOT / "deploy" / "install.sh")
UNITS = ("monitor.service", "monitor-poll.service", "monitor-poll.timer", "monitor-failed.service")
SECRET = "correct-horse-battery"
# Arabic: its reader needs no spaCy, so that a start costs little.
CALM = ("طقس معتدل", "شمس ورياح خفيفة في البصرة.")
FIRST = ("كتائب حزب الله تهدد باستئناف الهجمات على القوات الأميركية", "وقال المتحدث إن الهدنة انتهت.")
SECOND = ("كتائب حزب الله تعلن وقف الهجمات وتلتزم بالهدنة", "وقال بيان للكتائب إنها تلتزم بوقف إطلاق النار.")
# How long what is awaited may take on a busy machine, in seconds.
PATIENCE_S = 90.0
CONFIG = """contact: test@example.org
state: /var/lib/monitor/monitor.db
watchlists: watchlists
feeds:
  - {id: paper, url: "http://127.0.0.1:8080/paper.xml", private: true, language: ar}
  - {id: inside, url: "http://10.1.2.3:8080/paper.xml", language: ar}
channels:
  hook: json://127.0.0.1:8080/hook/${hook_token}
routes:
  desk: {channels: [hook]}
polling: {spacing: 0s, min: 1s, max: 1s}
"""


@pytest.fixture(scope="module")
def environment() -> Iterator[Path]:
    ready = os.environ.get("MONITOR_TEST_ENVIRONMENT")
    if ready:
        yield Path(ready)
        return
    # Not below /tmp: the service has one of its own and would not see it.
    folder = Path(tempfile.mkdtemp(prefix="monitor-environment-", dir="/opt"))
    folder.chmod(0o755)
    subprocess.run([INSTALL, "environment", str(folder)], check=True)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def box(environment: Path) -> Iterator[Box]:
    with Box(binds=[ROOT, environment]) as box:
        box.run("ip", "addr", "add", "10.1.2.3/32", "dev", "lo")
        box.write("/run/world/paper.xml", rss(CALM).decode())
        box.write("/run/world.py", (Path(__file__).parent / "world.py").read_text(encoding="utf-8"))
        box.run("systemd-run", "--unit=world", "/usr/bin/python3", "/run/world.py", "/run/world")
        yield box


def await_true(fact: Callable[[], object], why: Callable[[], str]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not fact():
        assert time.monotonic() < until, why()
        time.sleep(0.5)


def journal(box: Box) -> str:
    return box.run("journalctl", "-u", "monitor", "-o", "cat", "--no-pager")


def status(box: Box) -> dict[str, dict[str, object]]:
    found = json.loads(box.run("monitor", "status", "--json", check=False).splitlines()[-1])
    return {feed["id"]: feed for feed in found["feeds"]}


def received(box: Box) -> list[str]:
    lines = box.run("sh", "-c", "cat /run/world/received 2>/dev/null || true").splitlines()
    return [json.loads(line)["text"] for line in lines]


def told(box: Box, title: str) -> int:
    """How many messages showed a story; what the monitor tells of its own health is left out."""
    return sum(title in text for text in received(box))


def polled(box: Box) -> int:
    return journal(box).count("poll feed=paper")


def test_the_script_installs_it_and_says_what_comes_next(box: Box, environment: Path) -> None:
    said = box.run(INSTALL, "install", "--environment", str(environment))
    assert "systemctl enable --now monitor" in said
    assert box.run("stat", "-c", "%a", "/etc/monitor/credentials").strip() == "700"
    assert "state: /var/lib/monitor/monitor.db" in box.run("cat", "/etc/monitor/monitor.yaml")
    assert "keeping the configuration" in box.run(INSTALL, "install", "--environment", str(environment))


def test_the_units_are_sound_and_little_exposed(box: Box) -> None:
    box.run("systemd-analyze", "verify", "--man=no", *(f"/etc/systemd/system/{unit}" for unit in UNITS))
    dropin = "/etc/systemd/system/monitor.service.d/address-filter.conf"
    box.run("install", "-D", "-m", "0644", str(ROOT / "deploy" / "address-filter.conf"), dropin)
    assert not box.run("systemd-analyze", "verify", "--man=no", "/etc/systemd/system/monitor.service")
    box.run("rm", dropin)
    for unit in ("monitor.service", "monitor-poll.service"):
        file = f"/etc/systemd/system/{unit}"
        box.run("systemd-analyze", "security", "--offline=true", "--threshold=15", file)


def ready_s(box: Box) -> float:
    """From the start of the service to its readiness, by systemd's own timestamps."""
    began, ready = (int(box.show("monitor", f"{stamp}TimestampMonotonic")) for stamp in ("InactiveExit", "ActiveEnter"))
    return (ready - began) / 1e6


def slowness(box: Box) -> float:
    """How many times longer than alone a program takes now: 1 where nothing else is at work on the machine."""
    work = "import time; w, c = time.monotonic(), time.process_time(); [i * i for i in range(5_000_000)]"
    said = box.run("python3", "-c", f"{work}; print((time.monotonic() - w) / (time.process_time() - c))")
    return max(1.0, float(said))


def test_it_is_ready_within_five_seconds(box: Box) -> None:
    box.write("/etc/monitor/monitor.yaml", CONFIG)
    box.write("/etc/monitor/credentials/hook_token", SECRET + "\n", "0600")
    # A hang must show soon here; an hour's patience would test nothing more.
    box.write("/etc/systemd/system/monitor.service.d/test.conf", "[Service]\nWatchdogSec=25\nTimeoutAbortSec=2\n")
    box.run("systemctl", "daemon-reload")
    box.run("systemctl", "enable", "monitor")
    box.run("systemctl", "start", "monitor")
    tries = []
    for _ in range(3):
        slow = slowness(box)
        box.run("systemctl", "restart", "monitor")
        tries.append((ready_s(box) / slow, ready_s(box), slow))
        print(f"\nready {tries[-1][1]:.2f} s after its start, on a machine {slow:.1f} times slower than alone")
        if tries[-1][0] <= 5.0:
            break
    box.run("systemctl", "reset-failed", "monitor")  # our restarts do not count as its own
    assert min(tries)[0] <= 5.0, tries
    await_true(lambda: status(box).get("paper", {}).get("state") == "ok", lambda: journal(box))


def test_a_feed_on_a_private_address_is_refused(box: Box) -> None:
    feed = status(box)["inside"]
    assert feed["state"] == "failing"
    assert "10.1.2.3" in str(feed["reason"])
    assert "private" in str(feed["reason"]) or "not public" in str(feed["reason"])


def test_systemctl_status_says_how_it_is(box: Box) -> None:
    await_true(lambda: "feeds ok" in box.show("monitor", "StatusText"), lambda: journal(box))


def test_secrets_are_for_the_service_alone(box: Box) -> None:
    pid = box.show("monitor", "MainPID")
    readable = box.run(
        "sh", "-c", "setpriv --reuid=65534 --clear-groups cat /run/credentials/monitor.service/* 2>&1", check=False
    )
    assert SECRET not in readable
    assert SECRET not in box.run(
        "sh", "-c", f"tr '\\0' '\\n' < /proc/{pid}/environ; tr '\\0' ' ' < /proc/{pid}/cmdline"
    )
    assert SECRET not in box.run("systemctl", "show", "monitor")
    database = "/var/lib/monitor/monitor.db"
    assert box.run("sh", "-c", f"grep -c {SECRET} {database} {database}-wal", check=False).count(":0") == 2


def test_a_good_reload_is_taken_over_without_a_restart(box: Box) -> None:
    pid = box.show("monitor", "MainPID")
    more = '  - {id: second, url: "http://127.0.0.1:8080/paper.xml", private: true, language: ar}\nchannels:'
    box.write("/etc/monitor/monitor.yaml", CONFIG.replace("channels:", more, 1))
    box.run("systemctl", "reload", "monitor")
    await_true(lambda: "second" in status(box), lambda: journal(box))
    assert box.show("monitor", "MainPID") == pid


def test_a_bad_reload_changes_nothing_and_names_the_line(box: Box) -> None:
    pid = box.show("monitor", "MainPID")
    box.write("/etc/monitor/monitor.yaml", CONFIG.replace("spacing", "spacign"))
    box.run("systemctl", "reload", "monitor")
    await_true(
        lambda: "monitor.yaml:11" in box.show("monitor", "StatusText"), lambda: box.show("monitor", "StatusText")
    )
    assert re.search(r"<?3?>?.*reload-refused .*monitor.yaml:11", journal(box))
    before = polled(box)
    await_true(lambda: polled(box) > before, lambda: journal(box))
    assert box.show("monitor", "MainPID") == pid
    assert "second" in status(box)
    box.write("/etc/monitor/monitor.yaml", CONFIG)
    box.run("systemctl", "reload", "monitor")
    await_true(lambda: "second" not in status(box), lambda: journal(box))


def test_files_cut_short_never_stop_it(box: Box) -> None:
    pid = box.show("monitor", "MainPID")
    for end in (0, 17, 60, 133, 250, 400):
        box.write("/etc/monitor/monitor.yaml", CONFIG[:end])
        box.run("systemctl", "reload", "monitor")
        time.sleep(1)
    box.write("/etc/monitor/monitor.yaml", CONFIG)
    before = journal(box).count("reloaded feeds=2")
    box.run("systemctl", "reload", "monitor")
    await_true(lambda: journal(box).count("reloaded feeds=2") > before, lambda: journal(box))
    assert box.show("monitor", "MainPID") == pid


def test_killed_it_is_back_and_has_lost_nothing(box: Box) -> None:
    await_true(lambda: status(box)["paper"]["state"] == "ok", lambda: journal(box))
    pid = box.show("monitor", "MainPID")
    box.write("/run/world/paper.xml", rss(FIRST, CALM).decode())
    box.run("kill", "-9", pid)
    await_true(lambda: box.show("monitor", "MainPID") not in (pid, "0"), lambda: journal(box))
    await_true(lambda: told(box, FIRST[0]), lambda: journal(box))
    box.run("kill", "-9", box.show("monitor", "MainPID"))
    before = polled(box)
    await_true(lambda: polled(box) > before, lambda: journal(box))
    assert told(box, FIRST[0]) == 1
    assert SECRET not in journal(box)


def test_a_hang_is_cured_by_the_watchdog(box: Box) -> None:
    pid = box.show("monitor", "MainPID")
    box.run("kill", "-STOP", pid)
    box.write("/run/world/paper.xml", rss(SECOND, FIRST, CALM).decode())
    await_true(lambda: box.show("monitor", "MainPID") not in (pid, "0"), lambda: journal(box))
    assert "watchdog timeout" in journal(box).lower()
    await_true(lambda: told(box, SECOND[0]), lambda: journal(box))


def test_given_up_by_systemd_it_calls_for_help(box: Box) -> None:
    hook = '#!/bin/sh\nprintf \'%s %s\' "$MONITOR_UNIT" "$MONITOR_EXIT_STATUS" > /run/world/given-up\n'
    box.write("/etc/monitor/on-failure", hook, "0755")
    box.write("/etc/monitor/monitor.yaml", "contact: [\n")
    box.run("systemctl", "reset-failed", "monitor")
    box.run("systemctl", "restart", "monitor", check=False)
    await_true(
        lambda: "monitor.service 1" in box.run("cat", "/run/world/given-up", check=False), lambda: journal(box)[-3000:]
    )
    assert box.show("monitor", "ActiveState") == "failed"
    assert "monitor.yaml:2" in journal(box) or "monitor.yaml:1" in journal(box)
    box.run("rm", "/etc/monitor/on-failure")
    box.write("/etc/monitor/monitor.yaml", CONFIG)
    box.run("systemctl", "reset-failed", "monitor")
    box.run("systemctl", "start", "monitor")


def test_the_english_reader_and_its_encoder_work_in_the_same_confinement(box: Box) -> None:
    box.write(
        "/run/world/story.txt", "Kata'ib Hezbollah launches rockets at US base\nThe group fired rockets on Sunday.\n"
    )
    unit = box.run("cat", "/etc/systemd/system/monitor-poll.service").replace("Conflicts=monitor.service\n", "")
    unit = unit.replace("monitor poll", "monitor explain /run/world/story.txt --json")
    box.write("/run/systemd/system/monitor-explain.service", unit)
    box.run("systemctl", "daemon-reload")
    box.run("systemctl", "start", "monitor-explain", check=False)
    said = box.run("journalctl", "-u", "monitor-explain", "-o", "cat", "--no-pager")
    line = next((line for line in said.splitlines() if line.startswith("{")), said)
    assert '"direction": "escalation"' in line, said


def test_it_stops_within_ten_seconds(box: Box) -> None:
    began = time.monotonic()
    box.run("systemctl", "stop", "monitor")
    assert time.monotonic() - began < 10
    assert box.show("monitor", "Result") == "success"


def test_a_restored_backup_works_and_tells_nothing_twice(box: Box) -> None:
    box.run("monitor", "backup", "/root/backup.db")
    database = "/var/lib/monitor/monitor.db"
    box.run("sh", "-c", f"rm -f {database}-wal {database}-shm; cat /root/backup.db > {database}")
    before = polled(box)
    box.run("systemctl", "start", "monitor")
    await_true(lambda: polled(box) > before + 1, lambda: journal(box))
    assert (told(box, FIRST[0]), told(box, SECOND[0])) == (1, 1)


def test_an_upgrade_keeps_a_backup_and_rolls_back(box: Box, environment: Path) -> None:
    said = box.run(INSTALL, "install", "--environment", str(environment))
    assert "before-upgrade.db" in said
    assert box.run("systemctl", "is-active", "monitor").strip() == "active"
    box.run("mkdir", "-p", "/opt/monitor/releases/broken/bin")
    box.write("/opt/monitor/releases/broken/bin/monitor", "#!/bin/sh\n[ $1 = run ] && exit 3; echo broken\n", "0755")
    said = box.run(INSTALL, "install", "--environment", "/opt/monitor/releases/broken", check=False)
    assert "went back to" in said
    assert box.run("systemctl", "is-active", "monitor").strip() == "active"
    assert box.run("readlink", "/opt/monitor/current").strip() == str(environment)


def test_a_later_version_can_be_left_again_by_hand(box: Box, environment: Path) -> None:
    later = "/opt/monitor/releases/later"
    box.write(f"{later}/bin/monitor", f'#!/bin/sh\nexec {environment}/bin/monitor "$@"\n', "0755")
    box.run(INSTALL, "install", "--environment", later)
    assert box.run("readlink", "/opt/monitor/current").strip() == later
    box.run(INSTALL, "rollback")
    assert box.run("readlink", "/opt/monitor/current").strip() == str(environment)
    assert box.run("systemctl", "is-active", "monitor").strip() == "active"


def test_the_timer_is_a_way_of_its_own(box: Box) -> None:
    box.run("systemctl", "start", "monitor-poll.timer")
    await_true(lambda: box.show("monitor", "ActiveState") == "inactive", lambda: "one of the two at a time")
    box.run("systemctl", "start", "monitor-poll.service")
    assert box.show("monitor-poll", "Result") == "success"


def test_uninstalled_it_leaves_configuration_and_data(box: Box) -> None:
    box.run(INSTALL, "uninstall")
    box.run("test", "-s", "/var/lib/monitor/monitor.db")
    box.run("test", "-s", "/etc/monitor/monitor.yaml")
    box.run("test", "-s", "/etc/monitor/credentials/hook_token")
    assert (
        box.run("sh", "-c", "ls /etc/systemd/system | grep -c '^monitor.*\\(service\\|timer\\)$' || true").strip()
        == "0"
    )
    assert not box.run("sh", "-c", "ls -A /opt/monitor/releases 2>/dev/null || true")


def test_moved_to_another_host_by_its_backup_it_goes_on(box: Box, environment: Path) -> None:
    before = polled(box)
    box.run("rm", "-rf", "/var/lib/monitor", "/var/lib/private/monitor")
    box.run(INSTALL, "install", "--environment", str(environment))
    box.run("sh", "-ec", _readme_block("cp /root/monitor.db"), patience_s=PATIENCE_S)
    await_true(lambda: polled(box) > before + 1, lambda: journal(box))
    assert (told(box, FIRST[0]), told(box, SECOND[0])) == (1, 1)


def _readme_block(start: str) -> str:
    """The commands of deploy/README.md that begin so; the backup has the name that it has there."""
    text = (ROOT / "deploy" / "README.md").read_text(encoding="utf-8")
    block = next(block for block in re.findall(r"```sh\n(.+?)```", text, re.DOTALL) if block.startswith(start))
    return block.replace("/root/monitor.db", "/root/backup.db")
