"""Promises of a channel without mark-up and with very short messages, against a real ngircd: read back by another user."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from monitor.alerts.channels import send
from monitor.alerts.message import render
from tests.alerts.samples import ALL
from tests.ports import free_port

pytestmark = pytest.mark.heavy

CONFIG = """\
[Global]
Name = irc.test
Info = test
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = hello
{drop}
[Limits]
MaxNickLength = 20
[Options]
Ident = no
PAM = no
DNS = no
Syslog = no
"""


class Reader:
    """A second user who sits in #desk and notes what is said there."""

    def __init__(self, port: int) -> None:
        self.said: list[str] = []
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._socket.sendall(b"NICK reader\r\nUSER reader 0 * :reader\r\n")
        self._joined = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()
        assert self._joined.wait(20)

    def _listen(self) -> None:
        with suppress(OSError):
            for raw in self._socket.makefile("rb"):
                line = raw.decode("utf-8", "replace").rstrip("\r\n")
                if line.startswith("PING"):
                    self._socket.sendall(b"PONG " + line.split(" ", 1)[1].encode() + b"\r\n")
                if " 001 " in line:
                    self._socket.sendall(b"JOIN #desk\r\n")
                if " 366 " in line:
                    self._joined.set()
                if " PRIVMSG #desk :" in line:
                    self.said.append(line.split(" PRIVMSG #desk :", 1)[1])

    def hears(self, text: str, patience_s: float = 20.0) -> bool:
        """Whether somebody says it within the patience."""
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            if any(text in line for line in self.said):
                return True
            time.sleep(0.05)
        return False


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    program = shutil.which("ngircd") or "/usr/sbin/ngircd"
    if not Path(program).exists():
        pytest.skip("needs ngircd")
    number = free_port()
    config = tmp_path_factory.mktemp("irc") / "ngircd.conf"
    config.write_text(CONFIG.format(port=number, drop="ServerUID = nobody\nServerGID = nogroup"), encoding="utf-8")
    config.chmod(0o644)
    process = subprocess.Popen([program, "-n", "-f", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", number), timeout=1):
            break
        time.sleep(0.05)
    yield number
    process.terminate()
    process.wait(timeout=10)


def test_each_kind_is_heard_with_its_subject_and_id_within_the_service_s_limit(port: int) -> None:
    reader = Reader(port)
    for kind in ("signal", "shift", "digest"):
        message = render(ALL[kind], "Asia/Baghdad")
        attempt = send(f"irc://monitor{kind[:2]}@127.0.0.1:{port}/%23desk", message)
        assert attempt.outcome == "sent", attempt.detail
        assert reader.hears(message.alert_id)
        assert reader.hears(message.subject.split(":")[0][:30])
    assert max(len(line) for line in reader.said) <= 400
