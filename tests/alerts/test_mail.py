"""Promises of the mail channel, against a real SMTP server."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from monitor.alerts.channels import send
from monitor.alerts.records import Message
from tests.alerts.conftest import MailServer

MESSAGE = Message(
    alert_id="abc123defg",
    thread="event77",
    at=datetime(2031, 3, 3, 9, 0, tzinfo=UTC),
    subject="▼ de-escalation · Esmail Qaani: tells factions to hold fire · 4 sources",
    text="What is new: the factions hold fire.\n",
    html="<p>What is new: the factions hold fire.</p>",
    markdown="What is new",
)


def test_a_mail_arrives_as_text_and_html_with_subject_and_alert_id(mail_server: MailServer) -> None:
    assert send(mail_server.url(), MESSAGE).outcome == "sent"
    [(recipients, mail)] = mail_server.received
    assert recipients == ["desk@example.org"]
    assert mail["Subject"] == MESSAGE.subject
    assert mail["X-Monitor-Alert"] == "abc123defg"
    assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n") == MESSAGE.text
    assert "<p>What is new" in mail.get_body(("html",)).get_content()


def test_a_mail_sent_twice_carries_the_same_message_id_and_date(mail_server: MailServer) -> None:
    send(mail_server.url(), MESSAGE)
    send(mail_server.url(), MESSAGE)
    first, second = (mail for _, mail in mail_server.received)
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]


def test_alerts_on_one_event_share_a_thread(mail_server: MailServer) -> None:
    send(mail_server.url(), MESSAGE)
    send(mail_server.url(), replace(MESSAGE, alert_id="other12345"))
    first, second = (mail for _, mail in mail_server.received)
    assert first["References"] == second["References"]
    assert first["Message-ID"] != second["Message-ID"]


def test_a_temporary_refusal_is_transient_and_a_lasting_one_permanent(mail_server: MailServer) -> None:
    mail_server.data = ["451 4.7.1 try later", "554 5.7.1 no"]
    first, second = send(mail_server.url(), MESSAGE), send(mail_server.url(), MESSAGE)
    assert (first.outcome, second.outcome) == ("transient", "permanent")
    assert "451" in first.detail
    assert "554" in second.detail


def test_one_recipient_s_refusal_does_not_repeat_the_mail_to_the_others(mail_server: MailServer) -> None:
    mail_server.rcpt = {"b@example.org": "450 mailbox busy"}
    url = mail_server.url("a@example.org,b@example.org")
    first = send(url, MESSAGE)
    assert (first.outcome, first.accepted) == ("transient", ("a@example.org",))
    mail_server.rcpt = {}
    second = send(url, MESSAGE, first.accepted)
    assert second.outcome == "sent"
    assert [recipients for recipients, _ in mail_server.received] == [["a@example.org"], ["b@example.org"]]


def test_a_wrong_password_is_permanent_and_names_no_secret(mail_server: MailServer) -> None:
    mail_server.password = "right"
    attempt = send(mail_server.url(login="desk:wrongsecret@"), MESSAGE)
    assert attempt.outcome == "permanent"
    assert "535" in attempt.detail
    assert "wrongsecret" not in attempt.detail


def test_a_right_password_is_accepted(mail_server: MailServer) -> None:
    mail_server.password = "right"
    assert send(mail_server.url(login="desk:right@"), MESSAGE).outcome == "sent"


def test_a_refused_connection_is_transient_and_named(closed_port: int) -> None:
    attempt = send(f"mailto://127.0.0.1:{closed_port}?from=a@example.org&to=b@example.org&mode=insecure", MESSAGE)
    assert attempt.outcome == "transient"
    assert "Connection refused" in attempt.detail


def test_a_server_that_hangs_up_after_accepting_counts_as_unknown(mail_server: MailServer) -> None:
    mail_server.drop_after_data = True
    attempt = send(mail_server.url(), MESSAGE)
    assert attempt.outcome == "unknown"
    assert attempt.detail == "the mail server took the mail and broke off without an answer"
    assert len(mail_server.received) == 1


def test_a_title_cannot_add_headers(mail_server: MailServer) -> None:
    from monitor.alerts.message import one_line

    subject = one_line("Truce\r\nBcc: everyone@example.org", 100)
    assert send(mail_server.url(), replace(MESSAGE, subject=subject)).outcome == "sent"
    [(recipients, mail)] = mail_server.received
    assert mail["Bcc"] is None
    assert recipients == ["desk@example.org"]


def test_a_long_arabic_subject_and_long_lines_keep_every_line_under_998_bytes(mail_server: MailServer) -> None:
    long = replace(MESSAGE, subject="▼ " + "تهدئة " * 30, text="ن" * 5000 + "\n", html="<p>" + "x" * 5000 + "</p>")
    assert send(mail_server.url(), long).outcome == "sent"
    assert max(len(line) for line in mail_server.raw[0].split(b"\r\n")) <= 998
    assert mail_server.received[0][1]["Subject"].strip() == long.subject.strip()
