"""Mail over smtplib: one stable Message-ID per alert, 4xx told apart from 5xx, each recipient counted by itself.

Apprise's own mail plugin makes a new Message-ID at each attempt and hides the server's reply code, so this one
takes over its URLs (`mailto://`, `mailtos://`) and keeps its way of reading them.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import time
from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from threading import Timer

from apprise.plugins.email.base import NotifyEmail

from .records import Attempt, Message

# Longest wait for any one answer of a mail server, in seconds.
ANSWER_TIMEOUT_S = 30.0
# Longest time for one attempt in all, in seconds.
DEADLINE_S = 120.0
# The domain of our Message-IDs: they need only be unique, and must not tell which host sent them.
ID_DOMAIN = "monitor.invalid"


class Mail(NotifyEmail):  # type: ignore[no-untyped-call]
    """A mail channel: NotifyEmail's URLs, our own sending."""

    # Whether the present attempt has begun to give the mail away.
    _given = False

    def recipients(self) -> list[str]:
        """Every address that is to get the mail."""
        copies = [*(address for address in self.cc), *(address for address in self.bcc)]
        return list(dict.fromkeys([*(address for _, address in self.targets), *copies]))

    def deliver(self, message: Message, accepted: Sequence[str] = (), deadline_s: float = DEADLINE_S) -> Attempt:
        """Send to every recipient not in `accepted`, within `deadline_s` in all."""
        waiting = [address for address in self.recipients() if address not in accepted]
        if not waiting:
            return Attempt("sent", "all recipients have it", tuple(accepted))
        self._given = False
        try:
            return self._send(message, waiting, tuple(accepted), deadline_s)
        except smtplib.SMTPResponseException as error:
            return _answered(error.smtp_code, error.smtp_error, tuple(accepted))
        except smtplib.SMTPRecipientsRefused as error:
            return _refused(error.recipients, tuple(accepted))
        except OSError as error:
            if not self._given:
                return self._unsent(error, tuple(accepted))
            words = "the mail server took the mail and did not answer in time"
            if not isinstance(error, TimeoutError):
                words = "the mail server took the mail and broke off without an answer"
            return Attempt("unknown", words, tuple(accepted))

    def _unsent(self, error: Exception, accepted: tuple[str, ...]) -> Attempt:
        """What a fault before the mail itself is called."""
        if isinstance(error, ssl.SSLCertVerificationError):
            words = f"TLS: certificate not trusted ({error.verify_message})"
        elif isinstance(error, ssl.SSLError):
            words = f"TLS: {error.reason or error}"
        elif isinstance(error, TimeoutError):
            words = f"no answer from {self.smtp_host}:{self.port} in time"
        elif isinstance(error, socket.gaierror):
            words = f"no address found for {self.smtp_host}"
        elif isinstance(error, smtplib.SMTPException):
            words = f"mail server: {error}"
        else:
            words = f"{self.smtp_host}:{self.port}: {getattr(error, 'strerror', None) or error}"
        return Attempt("transient", words, accepted)

    def _send(self, message: Message, waiting: list[str], accepted: tuple[str, ...], deadline_s: float) -> Attempt:
        started = time.monotonic()
        server = self._server(min(ANSWER_TIMEOUT_S, deadline_s))
        # A server that drips its answers byte by byte never times out by itself: hang up at the deadline.
        hang_up = Timer(deadline_s, _hang_up, [server])
        hang_up.daemon = True
        hang_up.start()
        try:
            self._greet(server)
            refused = server.send_message(self.compose(message), str(self.from_addr[1]), waiting)
        except BaseException as error:
            server.close()
            cut = isinstance(error, OSError | smtplib.SMTPException) and time.monotonic() - started >= deadline_s
            if cut:
                raise TimeoutError from error
            raise
        finally:
            hang_up.cancel()
        # The server has taken the mail: whatever happens to the good-bye no longer matters.
        with contextlib.suppress(OSError, smtplib.SMTPException):
            server.quit()
        done = (*accepted, *(address for address in waiting if address not in refused))
        return _refused(refused, done) if refused else Attempt("sent", "accepted by the mail server", done)

    def _server(self, timeout_s: float) -> smtplib.SMTP:
        """The client, not yet connected."""
        server: smtplib.SMTP
        if self.secure and self.secure_mode == "ssl":
            server = smtplib.SMTP_SSL(timeout=timeout_s, context=self._tls())
        else:
            server = smtplib.SMTP(timeout=timeout_s)
        give = server.data

        def giving(message: object) -> tuple[int, bytes]:
            self._given = True
            return give(message)  # type: ignore[arg-type]

        server.data = giving  # type: ignore[method-assign, assignment]
        # smtplib keeps the name for the certificate's check only where it connects at once.
        server._host = self.smtp_host  # type: ignore[attr-defined]
        return server

    def _greet(self, server: smtplib.SMTP) -> None:
        """Connect, secure the connection where the URL says so, and log in."""
        code, words = server.connect(self.smtp_host, self.port or 0)
        if code != 220:
            raise smtplib.SMTPConnectError(code, words)
        if self.secure and self.secure_mode != "ssl":
            server.starttls(context=self._tls())
        if self.user and self.password:
            server.login(self.user, self.password)

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if not self.verify_certificate:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def compose(self, message: Message) -> EmailMessage:
        """The mail itself: text and HTML, threaded by event, the same Message-ID at every attempt."""
        mail = EmailMessage(policy=SMTP)
        mail["From"] = Address(str(self.from_addr[0] or "monitor"), addr_spec=str(self.from_addr[1]))
        mail["To"] = ", ".join(address for _, address in self.targets)
        if self.cc:
            mail["Cc"] = ", ".join(self.cc)
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(message.at)
        mail["Message-ID"] = f"<{message.alert_id}@{ID_DOMAIN}>"
        mail["References"] = mail["In-Reply-To"] = f"<{message.thread}@{ID_DOMAIN}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Monitor-Alert"] = message.alert_id
        for name, value in self.headers.items():
            if name.lower() not in {"message-id", "references", "in-reply-to", "subject", "from", "to"}:
                mail[name] = value
        mail.set_content(message.text, subtype="plain", charset="utf-8")
        mail.add_alternative(message.html, subtype="html", charset="utf-8")
        if message.chart:
            page = mail.get_body(("html",))
            assert isinstance(page, EmailMessage)
            page.add_related(message.chart, "image", "png", cid="<chart>", filename="chart.png", disposition="inline")
        return mail


def _hang_up(server: smtplib.SMTP) -> None:
    with contextlib.suppress(OSError, AttributeError):
        server.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]


def _answered(code: int, words: bytes | str, accepted: tuple[str, ...]) -> Attempt:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return Attempt("permanent" if 500 <= code < 600 else "transient", f"mail server said {code} {text}", accepted)


def _refused(refused: dict[str, tuple[int, bytes]], accepted: tuple[str, ...]) -> Attempt:
    """Some recipients were refused: worth another try while any refusal is temporary."""
    lasting = all(500 <= code < 600 for code, _ in refused.values())
    said = "; ".join(
        f"{address}: {code} {words.decode('utf-8', 'replace')}" for address, (code, words) in refused.items()
    )
    return Attempt("permanent" if lasting else "transient", f"refused for {said}", accepted)
