"""What surrounds the process that is killed: a publisher, a mail server and a webhook, all on loopback, for many runs."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.ports import free_port

# Arabic and Persian, whose readers load no model: a start costs little. Each is an event of its own.
STORIES = (
    ("ar", "كتائب حزب الله تعلن تعليق هجماتها على القوات الأميركية في العراق"),
    ("ar", "قاآني يتوعد إسرائيل برد قاس على اغتيال القادة"),
    ("ar", "كتائب حزب الله تفرج عن رهائن محتجزين في بغداد"),
    ("fa", "قاآنی از گروه‌های عراقی خواست حملات را متوقف کنند"),
    ("ar", "كتائب حزب الله تستهدف قاعدة عين الأسد بطائرات مسيرة"),
)
WATCHLISTS = {
    "kataib-hezbollah": "names: [كتائب حزب الله, کتائب حزب‌الله]",
    "qaani": "names: [قاآني, قاآنی]",
}
CHANNELS = ("mail", "hook")
LANGUAGES = ("ar", "fa")


@dataclass(frozen=True)
class Delivered:
    """One message that a channel accepted: which alert, under which stable id, and its text."""

    channel: str
    alert_id: str
    stable_id: str
    text: str


@dataclass
class World:
    """Servers that live as long as all runs. `shown` is what each run's feeds list, `delivered` what each run's channels
    accepted."""

    shown: dict[str, list[tuple[str, str, str]]] = field(default_factory=lambda: defaultdict(list))
    delivered: dict[str, list[Delivered]] = field(default_factory=lambda: defaultdict(list))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> World:
        world = self

        class Web(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                run, lang = self.path.strip("/").removesuffix(".xml").split("/")
                body = world.feed(run, lang)
                self.send_response(200)
                self.send_header("Content-Type", "application/rss+xml; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                run = self.path.strip("/").split("/")[1]
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                world.take(run, Delivered("hook", _id_in(body["message"]), _id_in(body["message"]), body["message"]))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        class Sink:
            async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
                assert isinstance(envelope.content, bytes)
                mail = message_from_bytes(envelope.content, policy=default)
                text = mail.get_body(("plain",)).get_content()
                run = envelope.rcpt_tos[0].split("@")[0]
                world.take(run, Delivered("mail", mail["X-Monitor-Alert"], mail["Message-ID"], text))
                return "250 OK"

        self._web = ThreadingHTTPServer(("127.0.0.1", 0), Web)
        self.http_port = self._web.server_address[1]
        threading.Thread(target=self._web.serve_forever, daemon=True).start()
        self.smtp_port = free_port()
        self._smtp = Controller(Sink(), hostname="127.0.0.1", port=self.smtp_port)
        self._smtp.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._smtp.stop()
        self._web.shutdown()
        self._web.server_close()

    def take(self, run: str, delivered: Delivered) -> None:
        """Note what a channel accepts, before it says so."""
        with self.lock:
            self.delivered[run].append(delivered)

    def forget(self, run: str) -> None:
        """Drop what is known of a run that has been judged."""
        with self.lock:
            self.delivered.pop(run, None)
            self.shown.pop(run, None)

    def publish(self, run: str, index: int) -> str:
        """Let a run's publisher list a story; returns its link, which every message about it shows."""
        lang, title = STORIES[index]
        link = f"https://wire.example/{run}/story-{index}"
        self.shown[run].append((lang, title, link))
        return link

    def feed(self, run: str, lang: str) -> bytes:
        """A run's feed in one language, with an old story that was always there."""
        now = format_datetime(datetime.now(UTC))
        old = (lang, "نشرة الطقس" if lang == "ar" else "هوای امروز", f"https://wire.example/weather-{lang}")
        items = "".join(
            f"<item><title>{escape(title)}</title><link>{link}</link><guid>{link}</guid><pubDate>{now}</pubDate></item>"
            for each, title, link in [*reversed(self.shown[run]), old]
            if each == lang
        )
        return (
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Wire</title>'
            f"<link>https://wire.example/</link><description>Wire</description>{items}</channel></rss>"
        ).encode()

    def config(self, run: str) -> str:
        """A run's monitor.yaml."""
        feeds = "".join(
            f"  - {{id: wire-{lang}, url: 'http://127.0.0.1:{self.http_port}/{run}/{lang}.xml', language: {lang},"
            f" private: true}}\n"
            for lang in LANGUAGES
        )
        return (
            "contact: desk@example.org\nwatchlists: lists\n"
            f"feeds:\n{feeds}"
            "channels:\n"
            f"  mail: mailto://127.0.0.1:{self.smtp_port}?from=monitor@example.org&to={run}@example.org&mode=insecure\n"
            f"  hook: json://127.0.0.1:{self.http_port}/hook/{run}\n"
            "routes:\n  desk: {channels: [mail, hook], cap: 100}\n"
            "polling: {min: 1s, max: 1s, spacing: 0s}\n"
        )


def _id_in(text: str) -> str:
    """The alert id in a message's last line."""
    return text.strip().rsplit("Alert ", 1)[-1].split()[0].strip("`")
