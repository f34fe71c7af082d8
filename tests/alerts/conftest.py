"""A real mail server in the test process, which can be told how to answer."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class MailServer:
    """What arrived, and how it answers: `rcpt` by address, `data` in turn (then 250)."""

    port: int = 0
    received: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    rcpt: dict[str, str] = field(default_factory=dict)
    data: list[str] = field(default_factory=list)
    password: str | None = None
    drop_after_data: bool = False

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.rcpt.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.data.pop(0) if self.data else "250 OK"
        if answer.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            self.raw.append(content)
            self.received.append((list(envelope.rcpt_tos), message_from_bytes(content, policy=default)))
            if self.drop_after_data and server.transport:
                server.transport.abort()
        return answer

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.password.decode() == self.password
        # handled=False lets aiosmtpd answer 535 by itself
        return AuthResult(success=good, handled=good)

    def url(self, to: str = "desk@example.org", *, login: str = "") -> str:
        return f"mailto://{login}127.0.0.1:{self.port}?from=monitor@example.org&to={to}&mode=insecure"


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer(port=free_port())
    controller = Controller(
        server, hostname="127.0.0.1", port=server.port, authenticator=server.authenticate, auth_require_tls=False
    )
    controller.start()
    yield server
    controller.stop()


@pytest.fixture
def closed_port() -> int:
    """A port on which nothing listens."""
    return free_port()
