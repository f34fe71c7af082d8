"""Promises of the Matrix channel against a real Synapse, read back by a second user. MONITOR_SYNAPSE names a Python that
has matrix-synapse installed (it is large, so it has an environment of its own: requirements-synapse.txt)."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from monitor.alerts.channels import send
from monitor.alerts.message import render
from tests.alerts.samples import ALL, arabic
from tests.ports import free_port

pytestmark = pytest.mark.heavy

CONFIG = """\
server_name: "localhost"
pid_file: {d}/hs.pid
listeners:
  - {{port: {port}, tls: false, type: http, x_forwarded: false, bind_addresses: ['127.0.0.1'],
      resources: [{{names: [client], compress: false}}]}}
database: {{name: sqlite3, args: {{database: {d}/hs.db}}}}
log_config: {d}/localhost.log.config
media_store_path: {d}/media
registration_shared_secret: "secret"
report_stats: false
macaroon_secret_key: "m"
form_secret: "f"
signing_key_path: {d}/localhost.signing.key
trusted_key_servers: []
federation_domain_whitelist: []
enable_registration: false
suppress_key_server_warning: true
rc_message: {{per_second: 1000, burst_count: 1000}}
rc_login:
  address: {{per_second: 1000, burst_count: 1000}}
  account: {{per_second: 1000, burst_count: 1000}}
  failed_attempts: {{per_second: 1000, burst_count: 1000}}
rc_joins: {{local: {{per_second: 1000, burst_count: 1000}}, remote: {{per_second: 1000, burst_count: 1000}}}}
rc_joins_per_room: {{per_second: 1000, burst_count: 1000}}
rc_invites: {{per_room: {{per_second: 1000, burst_count: 1000}}, per_user: {{per_second: 1000, burst_count: 1000}}}}
"""


@dataclass
class Room:
    """A room on a running Synapse, and the second user's way to look into it."""

    port: int
    room: str
    token: str

    def url(self, password: str = "botpw") -> str:
        return f"matrix://bot:{password}@127.0.0.1:{self.port}/{quote(self.room, safe='')}?hsreq=no"

    def messages(self) -> list[dict[str, Any]]:
        """The contents of what was said, oldest first."""
        path = f"rooms/{quote(self.room)}/messages?dir=b&limit=100"
        found = ask(self.port, "GET", path, token=self.token)["chunk"]
        return [event["content"] for event in reversed(found) if event["type"] == "m.room.message"]


def ask(port: int, method: str, path: str, body: dict[str, Any] | None = None, token: str = "") -> dict[str, Any]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/_matrix/client/v3/{path}",
        method=method,
        data=json.dumps(body).encode() if body is not None else None,
        headers={"Authorization": f"Bearer {token}"} if token else {},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return dict(json.load(response))


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    if not os.environ.get("MONITOR_SYNAPSE"):
        pytest.skip("needs MONITOR_SYNAPSE, a Python with matrix-synapse")
    python, folder, port = os.environ["MONITOR_SYNAPSE"], tmp_path_factory.mktemp("synapse"), free_port()
    config = folder / "hs.yaml"
    server = [python, "-m", "synapse.app.homeserver", "--config-path", str(config)]
    make = ["--server-name", "localhost", "--generate-config", "--report-stats=no"]
    subprocess.run([*server, *make], cwd=folder, check=True, capture_output=True)
    config.write_text(CONFIG.format(d=folder, port=port), encoding="utf-8")
    process = subprocess.Popen(server, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 90
    while time.monotonic() < until:
        with suppress(OSError):
            ask(port, "GET", "login")
            break
        time.sleep(0.2)
    register = str(Path(python).with_name("register_new_matrix_user"))
    for name in ("bot", "reader"):
        user = ["-u", name, "-p", f"{name}pw", "--no-admin", "-k", "secret", f"http://127.0.0.1:{port}"]
        subprocess.run([register, *user], check=True, capture_output=True)
    login = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": "reader"}, "password": "readerpw"}
    token = ask(port, "POST", "login", login)["access_token"]
    made = ask(port, "POST", "createRoom", {"invite": ["@bot:localhost"], "preset": "private_chat"}, token)
    yield Room(port, made["room_id"], token)
    process.terminate()
    process.wait(timeout=30)


@pytest.mark.parametrize("kind", ["signal", "arabic", "shift", "digest"])
def test_what_the_second_user_reads_is_what_was_sent(room: Room, kind: str) -> None:
    message = render(ALL[kind], "Asia/Baghdad")
    attempt = send(room.url(), message)
    assert attempt.outcome == "sent", attempt.detail
    said = room.messages()[-1]
    assert message.alert_id in said["body"]
    assert message.alert_id in said["formatted_body"]
    assert "<script" not in said["formatted_body"]
    if kind == "arabic":
        assert arabic()["title"] in said["formatted_body"]
        assert arabic()["link"] in said["body"]


def test_a_wrong_password_is_told_and_names_no_secret(room: Room) -> None:
    attempt = send(room.url("Wr0ngPassw0rd"), render(ALL["signal"], "UTC"))
    assert attempt.outcome != "sent"
    assert "Wr0ngPassw0rd" not in attempt.detail
