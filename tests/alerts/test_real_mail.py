"""Promises of the mail channel against a real Postfix: TLS and login, and what arrives is what was sent."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from monitor.alerts.channels import send
from monitor.alerts.message import render
from tests.alerts.real_mail import Postfix, postfix
from tests.alerts.samples import arabic, digest, shift, signal

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def server() -> Iterator[Postfix]:
    if os.geteuid() != 0 or not shutil.which("postfix") or not shutil.which("saslpasswd2"):
        pytest.skip("needs root, postfix, sasl2-bin and libsasl2-modules")
    with postfix() as started:
        yield started


@pytest.fixture
def trusted(server: Postfix, monkeypatch: pytest.MonkeyPatch) -> Postfix:
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    return server


def url(server: Postfix, mode: str, to: str = "alice", password: str | None = None) -> str:
    port = server.smtps if mode == "ssl" else server.submission
    login = f"desk%40mx.test:{quote(server.password if password is None else password, safe='')}"
    return f"mailtos://{login}@localhost:{port}?from=monitor@example.org&to={to}@example.org&mode={mode}"


@pytest.mark.parametrize("mode", ["starttls", "ssl"])
def test_signal_shift_and_digest_arrive_over_tls_as_they_were_sent(trusted: Postfix, mode: str) -> None:
    before = len(trusted.mails("alice", 0))
    messages = [
        render({**sample, "id": f"{mode[:3]}{number}000000"}, "Asia/Baghdad", chart=chart)
        for number, (sample, chart) in enumerate(
            [(signal(), None), (arabic(), None), (shift(), b"\x89PNG\r\n\x1a\n" + b"0" * 9000), (digest(), None)]
        )
    ]
    for message in messages:
        attempt = send(url(trusted, mode), message)
        assert attempt.outcome == "sent", attempt.detail
    arrived = {mail["X-Monitor-Alert"]: mail for mail in trusted.mails("alice", before + len(messages))}
    for message in messages:
        mail = arrived[message.alert_id]
        assert mail["Subject"] == message.subject
        text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
        page = mail.get_body(("html",)).get_content().replace("\r\n", "\n")
        assert text.rstrip() == message.text.rstrip()
        assert page.rstrip() == message.html.rstrip()
    assert "image/png" in [part.get_content_type() for part in arrived[messages[2].alert_id].walk()]


def test_a_wrong_password_is_permanent_and_says_535(trusted: Postfix) -> None:
    attempt = send(url(trusted, "starttls", password="Wr0ngPassw0rd"), render(signal(), "UTC"))
    assert attempt.outcome == "permanent"
    assert "535" in attempt.detail
    assert "Wr0ngPassw0rd" not in attempt.detail


def test_a_certificate_that_is_not_trusted_is_named_and_nothing_is_sent(server: Postfix) -> None:
    attempt = send(url(server, "starttls"), render(signal(), "UTC"))
    assert attempt.outcome == "transient"
    assert "certificate not trusted" in attempt.detail


def test_a_greylisted_recipient_is_transient(trusted: Postfix) -> None:
    attempt = send(url(trusted, "starttls", to="carol"), render(signal(), "UTC"))
    assert attempt.outcome == "transient"
    assert "greylisted" in attempt.detail


def test_an_unknown_domain_is_refused_for_good(server: Postfix) -> None:
    to = f"mailto://127.0.0.1:{server.plain}?from=a@example.org&to=x@elsewhere.example&mode=insecure"
    attempt = send(to, render(signal(), "UTC"))
    assert attempt.outcome != "sent"
    assert "x@elsewhere.example: 454" in attempt.detail or "x@elsewhere.example: 554" in attempt.detail
