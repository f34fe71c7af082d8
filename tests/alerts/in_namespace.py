"""Sends through the real Slack, Discord and Telegram plugins to a server that bears those names, in a network namespace
of its own: `unshare -n -m python -m tests.alerts.in_namespace FOLDER`. Prints what was answered and what arrived, as JSON.

FOLDER holds the server's certificate, which the plugins trust by REQUESTS_CA_BUNDLE.
"""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import threading
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HOSTS = ("hooks.slack.com", "slack.com", "discord.com", "api.telegram.org")
CHANNELS = {
    "slack": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#desk",
    "discord": "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "telegram": "tgram://123456789:AbCdEfGhIjKlMnOpQrStUvWxYz123456789/-100123456",
}
_OK = {
    "hooks.slack.com": (200, {}, "ok"),
    "discord.com": (204, {}, ""),
    "api.telegram.org": (200, {}, json.dumps({"ok": True, "result": {"message_id": 1}})),
}
_BUSY = {
    "hooks.slack.com": (429, {"Retry-After": "41"}, "slow down"),
    "discord.com": (429, {"Retry-After": "42"}, json.dumps({"retry_after": 42})),
    "api.telegram.org": (429, {}, json.dumps({"ok": False, "parameters": {"retry_after": 43}, "description": "slow"})),
}


class Served:
    """The server's state: what it answers, and what it got."""

    answers: dict[str, tuple[int, dict[str, str], str]] = _OK
    got: list[dict[str, Any]] = []  # noqa: RUF012 - one server a process


class Handler(BaseHTTPRequestHandler):
    """Keeps every request and answers as the real host would."""

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        host = self.headers["Host"].split(":")[0]
        Served.got.append({"host": host, "path": self.path, **_body(self.headers.get("Content-Type", ""), raw)})
        status, headers, body = Served.answers.get(host, (404, {}, ""))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    do_GET = do_POST  # noqa: N815 - http.server's name

    def log_message(self, *_: object) -> None:
        """Nothing: standard output is the report."""


def _body(kind: str, raw: bytes) -> dict[str, Any]:
    if kind.startswith("multipart/"):
        parts = list(message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + raw).walk())
        files = [part.get_filename() for part in parts if part.get_filename()]
        fields = [
            part.get_payload(decode=True) for part in parts if not part.get_filename() and not part.is_multipart()
        ]
        return {
            "body": [field.decode("utf-8", "replace") for field in fields if isinstance(field, bytes)],
            "files": files,
        }
    try:
        return {"body": json.loads(raw or b"{}"), "files": []}
    except ValueError:
        return {"body": {"raw": raw.decode("utf-8", "replace")}, "files": []}


def main(folder: Path) -> None:
    """Set the namespace up, send everything, print the report."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    hosts = folder / "hosts"
    hosts.write_text("127.0.0.1 localhost " + " ".join(HOSTS) + "\n", encoding="utf-8")
    subprocess.run(["mount", "--bind", str(hosts), "/etc/hosts"], check=True)
    server = ThreadingHTTPServer(("127.0.0.1", 443), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({name: _channel(url) for name, url in CHANNELS.items()}, ensure_ascii=False))


def _channel(url: str) -> dict[str, Any]:
    from monitor.alerts.channels import send
    from monitor.alerts.message import render
    from tests.alerts.samples import arabic, digest, shift, signal

    samples = {"signal": signal(), "arabic": arabic(), "shift": shift(), "digest": digest()}
    long = signal(id="long234567", trace=["A long reason that goes on and on. " * 3000])
    hostile = signal(id="hostile234", title="Truce [click](http://evil.example) <b>x</b> <@U1> @everyone *y* _z_")
    report: dict[str, Any] = {}
    for name, sample in {**samples, "long": long, "hostile": hostile}.items():
        Served.got, Served.answers = [], _OK
        chart = _picture() if name == "shift" else None
        attempt = send(url, render(sample, "Asia/Baghdad", chart=chart))
        report[name] = {"outcome": attempt.outcome, "detail": attempt.detail, "got": Served.got}
    Served.got, Served.answers = [], _BUSY
    attempt = send(url, render(signal(), "Asia/Baghdad"))
    report["busy"] = {"outcome": attempt.outcome, "retry_after_s": attempt.retry_after_s, "detail": attempt.detail}
    return report


def _picture() -> bytes:
    """The smallest PNG there is."""
    return bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63fccff0bf1e00058402"
        "7f8f2f4e3b0000000049454e44ae426082"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
