"""The table of faults: what each fault of a mail or chat server comes to, and that nothing is lost by it."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from monitor.alerts import mail, outbox
from monitor.alerts.answers import LONGEST_WAIT_S, wait_asked
from monitor.alerts.channels import secrets_of, send, spacing_s
from monitor.alerts.message import render
from monitor.cli import main
from monitor.store.connect import Store, open_store
from tests.alerts import servers
from tests.alerts.conftest import MailServer
from tests.alerts.desk import Desk
from tests.alerts.real_mail import certificate
from tests.alerts.samples import ALL, arabic, signal

MESSAGE = render(signal(), "UTC")


@pytest.fixture
def hook() -> Iterator[servers.Hook]:
    served = servers.Hook()
    yield served
    served.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "monitor.db") as opened:
        yield opened


def mail_at(port: int, host: str = "127.0.0.1") -> str:
    return f"mailto://{host}:{port}?from=a@example.org&to=b@example.org&mode=insecure"


# --- web services -----------------------------------------------------------------------------------------------


def test_a_service_that_accepts_gets_subject_text_and_alert_id(hook: servers.Hook) -> None:
    assert send(f"json://127.0.0.1:{hook.port}/", MESSAGE).outcome == "sent"
    assert hook.received[0]["title"] == MESSAGE.subject
    assert "Alert abcdefgh23" in hook.received[0]["message"]
    assert "told the factions to hold their fire" in hook.received[0]["message"]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(400, "permanent"), (401, "permanent"), (404, "permanent"), (410, "permanent"), (408, "transient"),
     (425, "transient"), (429, "transient"), (500, "transient"), (502, "transient"), (503, "transient")],
)  # fmt: skip
def test_an_answer_is_told_with_its_status_and_kind(hook: servers.Hook, status: int, outcome: str) -> None:
    hook.answers = [(status, {}, "no")]
    attempt = send(f"json://127.0.0.1:{hook.port}/", MESSAGE)
    assert attempt.outcome == outcome
    assert str(status) in attempt.detail


def test_retry_after_in_seconds_as_a_date_and_in_the_body_is_heard(hook: servers.Hook) -> None:
    now = datetime.now(UTC)
    dated = {"Retry-After": format_datetime(now + timedelta(seconds=90), usegmt=True)}
    hook.answers = [
        (429, {"Retry-After": "37"}, ""),
        (503, dated, ""),
        (429, {}, '{"parameters": {"retry_after": 12}}'),
    ]
    waits = [send(f"json://127.0.0.1:{hook.port}/", MESSAGE).retry_after_s for _ in range(3)]
    assert waits[0] == 37
    assert waits[1] == pytest.approx(90, abs=5)
    assert waits[2] == 12


@pytest.mark.parametrize("header", ["", "soon", "-5", "nan", "1e99", "Mon, 99 Foo"])
def test_an_absurd_retry_after_is_none_or_within_reason(header: str) -> None:
    wait = wait_asked(header)
    assert wait is None or 0 <= wait <= LONGEST_WAIT_S


def test_a_redirect_is_not_followed(hook: servers.Hook) -> None:
    hook.answers = [(302, {"Location": f"http://127.0.0.1:{hook.port}/elsewhere"}, "")]
    assert send(f"json://127.0.0.1:{hook.port}/here", MESSAGE).outcome == "transient"
    assert hook.paths == ["/here"]


def test_retry_after_puts_the_next_attempt_off(tmp_path: Path, store: Store, hook: servers.Hook) -> None:
    desk = Desk(tmp_path, store, {"chat": f"json://127.0.0.1:{hook.port}/"}, "routes:\n  desk: {channels: [chat]}")
    hook.answers = [(429, {"Retry-After": "1800"}, "")]
    desk.tell("alert00001")
    desk.deliver()
    desk.now += timedelta(minutes=29)
    assert desk.deliver() == 0
    desk.now += timedelta(minutes=2)
    assert desk.deliver() == 1
    assert len(hook.received) == 2


def test_messages_keep_the_service_s_least_distance(tmp_path: Path, store: Store, hook: servers.Hook) -> None:
    desk = Desk(tmp_path, store, {"chat": f"json://127.0.0.1:{hook.port}/"}, "routes:\n  desk: {channels: [chat]}")
    desk.courier._spacing_s["chat"] = 0.3
    for number in range(3):
        desk.tell(f"alert0000{number}")
    assert desk.deliver() == 3
    assert all(later - earlier >= 0.29 for earlier, later in zip(hook.times, hook.times[1:], strict=False))


def test_the_distance_is_the_service_s_own_and_mail_has_none() -> None:
    assert spacing_s("slack://xoxb-1234567890-1234567890-abcdefghijklmnopqrstuvwx/#desk") == pytest.approx(1.2)
    assert spacing_s("mailto://127.0.0.1:25?from=a@example.org&to=b@example.org&mode=insecure") == 0


# --- every channel ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "fault", "outcome", "words"),
    [
        ("json", "closed", "transient", "127.0.0.1 refuses the connection"),
        ("json", "unknown", "transient", "no address found for nosuchhost.invalid"),
        ("json", servers.garbage, "unknown", "127.0.0.1 took the message and broke off"),
        ("jsons", servers.garbage, "transient", "TLS: "),
        ("mailto", "closed", "transient", "Connection refused"),
        ("mailto", "unknown", "transient", "no address found for nosuchhost.invalid"),
        ("mailto", servers.garbage, "transient", "mail server"),
    ],
)
def test_what_cannot_be_reached_or_understood_is_tried_again_and_named_in_status(
    tmp_path: Path, store: Store, closed_port: int, schema: str, fault: Any, outcome: str, words: str
) -> None:
    with ExitStack() as stack:
        host = "nosuchhost.invalid" if fault == "unknown" else "127.0.0.1"
        port = closed_port if isinstance(fault, str) else stack.enter_context(servers.raw_server(fault))
        url = mail_at(port, host) if schema == "mailto" else f"{schema}://{host}:{port}/"
        desk = Desk(tmp_path, store, {"chat": url}, "routes:\n  desk: {channels: [chat]}")
        desk.tell("alert00001")
        desk.deliver()
    [attempt] = store.rows("select outcome from attempts")
    assert attempt["outcome"] == outcome
    assert desk.delivery("chat")["state"] == "pending"
    assert words in desk.delivery("chat")["error"]
    assert words in status(tmp_path)


def status(folder: Path) -> str:
    """What `monitor status` and `monitor alerts` show."""
    config = ["--config", str(folder / "monitor.yaml")]
    shown = [CliRunner().invoke(main, [*config, *command]).output for command in (["status"], ["alerts"])]
    return " ".join("".join(shown).split())


@pytest.mark.parametrize(
    ("answer", "times", "waits_min", "words"),
    [
        ({"data": ["451 4.3.0 try later"] * 2}, 2, 5, "mail server said 451 4.3.0 try later"),
        ({"data": ["554 5.7.1 spam"] * 2}, 2, 61, "mail server said 554 5.7.1 spam"),
        ({"rcpt": {"desk@example.org": "450 4.7.1 greylisted"}}, 2, 5, "450 4.7.1 greylisted"),
        ({"rcpt": {"desk@example.org": "550 5.1.1 no such user"}}, 2, 61, "550 5.1.1 no such user"),
        ({"password": "right"}, 2, 61, "535 5.7.8"),
        ({"drop_after_data": True}, 1, 5, "broke off without an answer"),
    ],
)
def test_a_mail_that_is_refused_is_named_in_status_and_arrives_once_when_it_is_taken(
    tmp_path: Path,
    store: Store,
    mail_server: MailServer,
    answer: dict[str, Any],
    times: int,
    waits_min: int,
    words: str,
) -> None:
    url = mail_server.url(login="desk:Wr0ngPassw0rd@" if "password" in answer else "")
    desk = Desk(tmp_path, store, {"mail": url}, "routes:\n  desk: {channels: [mail]}")
    desk.tell("alert00001")
    for name, value in answer.items():
        setattr(mail_server, name, value)
    for _ in range(times):
        assert desk.deliver() == 0
        assert words in status(tmp_path)
        assert "Wr0ngPassw0rd" not in status(tmp_path)
        desk.now += timedelta(minutes=waits_min)
    for name, value in (("data", []), ("rcpt", {}), ("password", "Wr0ngPassw0rd"), ("drop_after_data", False)):
        setattr(mail_server, name, value)
    assert desk.deliver() == 1
    # Twice only where the server had it and the connection was lost, and then under one id.
    assert len(mail_server.received) == (2 if "drop_after_data" in answer else 1)
    assert len({message["Message-ID"] for _, message in mail_server.received}) == 1
    assert words not in status(tmp_path)


@pytest.mark.parametrize(
    ("answer", "waits_min", "words"),
    [
        ((429, {"Retry-After": "120"}, ""), 3, "HTTP 429"),
        ((503, {}, ""), 5, "503"),
        ((401, {}, ""), 61, "401"),
    ],
)
def test_a_web_service_that_refuses_is_named_in_status_and_gets_the_alert_once_when_it_takes_it(
    tmp_path: Path,
    store: Store,
    hook: servers.Hook,
    answer: tuple[int, dict[str, str], str],
    waits_min: int,
    words: str,
) -> None:
    desk = Desk(tmp_path, store, {"chat": f"json://127.0.0.1:{hook.port}/"}, "routes:\n  desk: {channels: [chat]}")
    hook.answers = [answer]
    desk.tell("alert00001")
    assert desk.deliver() == 0
    assert words.replace("HTTP ", "") in status(tmp_path)
    hook.received.clear()
    desk.now += timedelta(minutes=waits_min)
    assert desk.deliver() == 1
    assert [each["message"].rstrip().endswith("alert00001") for each in hook.received] == [True]


def test_one_refused_recipient_gets_further_tries_and_the_others_no_second_mail(
    tmp_path: Path, store: Store, mail_server: MailServer
) -> None:
    url = mail_server.url("a@example.org,b@example.org")
    desk = Desk(tmp_path, store, {"mail": url}, "routes:\n  desk: {channels: [mail]}")
    mail_server.rcpt = {"b@example.org": "451 4.7.1 greylisted"}
    desk.tell("alert00001")
    desk.deliver()
    assert "refused for b@example.org: 451 4.7.1 greylisted" in status(tmp_path)
    mail_server.rcpt = {}
    desk.now += timedelta(minutes=5)
    assert desk.deliver() == 1
    assert [recipients for recipients, _ in mail_server.received] == [["a@example.org"], ["b@example.org"]]


@pytest.mark.parametrize(
    "kind", ["signal", "arabic", "shift", "declared", "contested", "retraction", "digest", "health"]
)
def test_a_webhook_receives_every_kind_as_it_was_sent(hook: servers.Hook, kind: str) -> None:
    message = render(ALL[kind], "Asia/Baghdad")
    assert send(f"json://127.0.0.1:{hook.port}/", message).outcome == "sent"
    [got] = hook.received
    assert got["title"] == message.subject
    assert message.text.strip() in got["message"]
    assert got["message"].rstrip().endswith(message.alert_id)


def test_a_certificate_that_is_not_trusted_is_named_and_the_message_not_given(tmp_path: Path) -> None:
    certificate(tmp_path, ["127.0.0.1"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    given: list[bytes] = []

    def secured(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as wrapped:
            given.append(wrapped.recv(65536))

    with servers.raw_server(secured) as port:
        attempt = send(f"jsons://127.0.0.1:{port}/", MESSAGE)
    assert attempt.outcome == "transient"
    assert attempt.detail.startswith("TLS: certificate of 127.0.0.1 not trusted")
    assert given == []


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [(servers.silent, "transient"), (servers.dripping, "transient"), (servers.dumb_after_data, "unknown")],
)
def test_a_mail_server_that_hangs_or_drips_is_left_at_the_deadline(fault: object, outcome: str) -> None:
    with servers.raw_server(fault) as port:
        started = time.monotonic()
        attempt = send(mail_at(port), MESSAGE, deadline_s=1.0)
        assert time.monotonic() - started < 15
    assert attempt.outcome == outcome
    assert "in time" in attempt.detail


@pytest.mark.parametrize("fault", [servers.silent, servers.dripping, servers.dripping_answer, servers.dripping_head])
@pytest.mark.parametrize("schema", ["json", "xml", "matrix", "tgram", "irc"])
def test_a_service_that_hangs_or_drips_ends_at_the_deadline_whatever_its_plugin(
    fault: Any, schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apprise.plugins.telegram import NotifyTelegram

    with servers.raw_server(fault) as port:
        monkeypatch.setattr(NotifyTelegram, "notify_url", f"http://127.0.0.1:{port}/bot")
        url = {
            "matrix": f"matrix://bot:botpw@127.0.0.1:{port}/!room:localhost",
            "tgram": "tgram://123456789:AbCdEfGhIjKlMnOpQrStUvWxYz123456789/-100123456",
            "irc": f"irc://bot@127.0.0.1:{port}/%23desk",
        }.get(schema, f"{schema}://127.0.0.1:{port}/")
        spacing_s(url)  # the library is loaded
        started = time.monotonic()
        attempt = send(url, MESSAGE, deadline_s=1.0)
        assert time.monotonic() - started < 5
    assert attempt.outcome == "unknown"
    assert "within 1 s" in attempt.detail


def test_an_endless_answer_is_not_read_to_its_end() -> None:
    with servers.raw_server(servers.endless_answer) as port:
        started = time.monotonic()
        attempt = send(f"json://127.0.0.1:{port}/", MESSAGE, deadline_s=60.0)
        assert time.monotonic() - started < 20
    assert attempt.outcome == "transient"
    assert "500" in attempt.detail


def test_a_message_taken_without_an_answer_is_unknown_and_comes_again_under_its_id(
    tmp_path: Path, store: Store
) -> None:
    with servers.raw_server(servers.taken_and_dropped) as port:
        desk = Desk(tmp_path, store, {"chat": f"json://127.0.0.1:{port}/"}, "routes:\n  desk: {channels: [chat]}")
        desk.tell("alert00001")
        desk.deliver()
    [attempt] = store.rows("select * from attempts")
    assert attempt["outcome"] == "unknown"
    assert attempt["detail"] == "127.0.0.1 took the message and broke off without a whole answer"
    assert desk.delivery("chat")["state"] == "pending"


def test_a_channel_that_drips_holds_its_worker_for_one_deadline_and_leaves_no_thread(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "OWN_DEADLINE_S", 0.5)
    with servers.raw_server(servers.dripping_answer) as port:
        desk = Desk(tmp_path, store, {"drip": f"json://127.0.0.1:{port}/"}, "routes:\n  desk: {channels: [drip]}")
        for number in range(5):
            desk.tell(f"alert0000{number}")
        desk.deliver()
    assert [row["outcome"] for row in store.rows("select * from attempts")] == ["unknown"] * 5
    assert desk.courier._hung == {}
    for thread in [each for each in threading.enumerate() if each.name == "delivery"]:
        thread.join(2)
        assert not thread.is_alive()


def test_a_hung_channel_does_not_delay_the_others(
    tmp_path: Path, store: Store, hook: servers.Hook, mail_server: MailServer
) -> None:
    with (
        servers.raw_server(servers.silent) as hung,
        servers.raw_server(servers.dripping) as drip,
        servers.raw_server(servers.dripping_answer) as slow,
    ):
        urls = {
            "hung": f"json://127.0.0.1:{hung}/",
            "drip": mail_at(drip),
            "slow": f"json://127.0.0.1:{slow}/",
            "chat": f"json://127.0.0.1:{hook.port}/",
            "mail": mail_server.url(),
        }
        desk = Desk(tmp_path, store, urls, "routes:\n  desk: {channels: [hung, drip, slow, chat, mail]}")
        send(urls["chat"], MESSAGE)  # the library is loaded
        for number in range(5):
            desk.tell(f"alert0000{number}")

        async def healthy() -> float:
            hanging = [asyncio.ensure_future(desk.courier.deliver_channel(name)) for name in ("hung", "drip", "slow")]
            await asyncio.sleep(0.1)
            started = time.monotonic()
            counts = await asyncio.gather(*(desk.courier.deliver_channel(name) for name in ("chat", "mail")))
            took = time.monotonic() - started
            for task in hanging:
                task.cancel()
            assert counts == [5, 5]
            return took

        # Ten messages over two healthy channels; one attempt of a hung one alone takes a hundred seconds.
        assert asyncio.run(healthy()) < 10


def test_a_channel_that_always_hangs_leaves_a_bounded_number_of_threads(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "ATTEMPT_DEADLINE_S", 0.2)
    with servers.raw_server(servers.silent) as port:
        desk = Desk(tmp_path, store, {"hung": f"json://127.0.0.1:{port}/"}, "routes:\n  desk: {channels: [hung]}")
        for number in range(8):
            desk.tell(f"alert0000{number}")
        desk.deliver()
        assert desk.courier._hung["hung"] == outbox.MOST_HUNG
    assert len(store.rows("select * from attempts")) == outbox.MOST_HUNG


def test_greylisting_ends_in_one_mail_under_the_same_id(tmp_path: Path, store: Store, mail_server: MailServer) -> None:
    desk = Desk(tmp_path, store, {"mail": mail_server.url()}, "routes:\n  desk: {channels: [mail]}")
    mail_server.rcpt = {"desk@example.org": "451 4.7.1 greylisted, come back"}
    desk.tell("alert00001")
    desk.deliver()
    assert "greylisted" in desk.delivery("mail")["error"]
    mail_server.rcpt = {}
    desk.now += timedelta(minutes=5)
    desk.deliver()
    assert len(mail_server.received) == 1


def test_a_connection_lost_after_acceptance_repeats_the_mail_under_the_same_id(
    tmp_path: Path, store: Store, mail_server: MailServer
) -> None:
    desk = Desk(tmp_path, store, {"mail": mail_server.url()}, "routes:\n  desk: {channels: [mail]}")
    mail_server.drop_after_data = True
    desk.tell("alert00001")
    desk.deliver()
    mail_server.drop_after_data = False
    desk.now += timedelta(minutes=5)
    assert desk.deliver() == 1
    first, second = (message for _, message in mail_server.received)
    assert first["Message-ID"] == second["Message-ID"]


def test_a_server_without_tls_is_not_given_the_mail_in_clear(mail_server: MailServer) -> None:
    url = f"mailtos://127.0.0.1:{mail_server.port}?from=a@example.org&to=b@example.org&mode=starttls"
    attempt = send(url, MESSAGE)
    assert attempt.outcome != "sent"
    assert "STARTTLS" in attempt.detail
    assert mail_server.received == []


# --- what must not be seen --------------------------------------------------------------------------------------


def test_secrets_are_in_no_log_no_error_and_no_database(
    tmp_path: Path, store: Store, mail_server: MailServer, hook: servers.Hook, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "monitor")  # as the daemon logs at its most talkative
    caplog.set_level(logging.WARNING)
    mail_server.password = "right"
    token = "tok3nVerySecret9"
    urls = {
        "mail": mail_server.url(login="desk:Wr0ngPassw0rd@"),
        "hook": f"json://user:H00kPassw0rd@127.0.0.1:{hook.port}/{token}",
        "chat": "tgram://123456789:AbCdEfGhIjKlMnOpQrStUvWxYz123456789/-100123456",
    }
    hook.answers = [(500, {}, "no")] * 3
    desk = Desk(tmp_path, store, urls, "routes:\n  desk: {channels: [mail, hook, chat]}")
    desk.tell("alert00001")
    desk.deliver()
    desk.now += timedelta(hours=1)
    desk.health.look()
    tables = [row["name"] for row in store.rows("select name from sqlite_master where type = 'table'")]
    seen = (
        caplog.text
        + status(tmp_path)
        + str([tuple(row) for table in tables for row in store.rows(f"select * from {table}")])
    )
    assert "535 5.7.8" in seen
    for secret in ("Wr0ngPassw0rd", "H00kPassw0rd", token, "AbCdEfGhIjKlMnOpQrStUvWxYz123456789"):
        assert secret not in seen, secret


def test_a_channel_s_secrets_are_the_parts_that_apprise_hides() -> None:
    found = secrets_of("mailto://desk:Passw0rd%2Fx@mail.example.org?from=a@example.org&to=b@example.org")
    assert {"Passw0rd%2Fx", "Passw0rd/x"} <= set(found)
    assert "mail.example.org" not in found


# --- hostile content --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "title",
    [
        "Truce\r\nBcc: everyone@example.org\r\n\r\nbody",
        "تهدئة " * 40,
        "🕊️" * 60,
        "x" * 3000,
        "\x00\x1b[31mred\u202egnp.exe",
        "<script>alert(1)</script>",
    ],
)
def test_no_title_breaks_a_mail(mail_server: MailServer, title: str) -> None:
    message = render(signal(title=title, owner=title), "UTC")
    assert send(mail_server.url(), message).outcome == "sent"
    recipients, got = mail_server.received[0]
    assert recipients == ["desk@example.org"]
    assert got["Bcc"] is None
    assert got["Subject"] == message.subject
    assert max(len(line) for line in mail_server.raw[0].split(b"\r\n")) <= 998


def test_a_summary_of_a_hundred_kilobytes_goes_through_mail_and_chat(
    mail_server: MailServer, hook: servers.Hook
) -> None:
    message = render(arabic(trace=["كلمة " * 20_000]), "UTC")
    assert send(mail_server.url(), message).outcome == "sent"
    assert send(f"json://127.0.0.1:{hook.port}/", message).outcome == "sent"
    assert len(hook.received[0]["message"]) <= 32768
    assert hook.received[0]["message"].rstrip().endswith(message.alert_id)


def test_a_chart_goes_inline_into_the_mail(mail_server: MailServer) -> None:
    message = render({**signal(), "kind": "shift"}, "UTC", chart=b"\x89PNG\r\n\x1a\n" + b"0" * 2000)
    assert send(mail_server.url(), message).outcome == "sent"
    [(_, got)] = mail_server.received
    [picture] = [part for part in got.walk() if part.get_content_type() == "image/png"]
    assert picture["Content-ID"] == "<chart>"
    assert got.get_body(("plain",)) is not None
    assert got.get_body(("html",)) is not None


assert mail.DEADLINE_S > outbox.OWN_DEADLINE_S > 60
