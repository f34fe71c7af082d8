"""What a newcomer has: a bare Debian tree, package indexes as this machine's pip is told to reach them, and outside the
machine a newspaper and a mail server."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.ports import free_port

ROOT = Path(__file__).parents[2]
# What is on the newcomer's machine before the first command.
BARE = ("git", "python3", "python3-venv", "systemd", "systemd-sysv", "ca-certificates")


def make_tree(target: Path) -> None:
    """A Debian of this machine's own release, made by mmdebstrap."""
    release = dict(
        line.split("=", 1) for line in Path("/etc/os-release").read_text(encoding="utf-8").splitlines() if "=" in line
    )["VERSION_CODENAME"]
    subprocess.run(
        ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(BARE)}", release, str(target)],
        check=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def pip_configuration() -> tuple[str, list[Path]]:
    """This machine's pip configuration as one file, and the files and folders it names, to be seen in the box as well."""
    said = subprocess.run(
        ["python3", "-m", "pip", "config", "list"], capture_output=True, text=True, check=True, env=_plain_environment()
    ).stdout
    values: dict[str, str] = {}
    for line in said.splitlines():
        found = re.fullmatch(r"(?:global|:env:|install|site|user)\.([\w-]+)='(.*)'", line)
        if found and found[1] != "constraint":  # pins of this machine; ours are in requirements.txt
            values[found[1]] = found[2].replace("\\n", " ")
    named = [urlsplit(word).path if word.startswith("file:") else word for v in values.values() for word in v.split()]
    paths = sorted({Path(unquote(word)) for word in named if word.startswith("/") and Path(word).exists()})
    tops = [path.parent if path.name == "simple" else path for path in paths]
    text = "".join(f"{name} = {value}\n" for name, value in values.items())
    return f"[global]\n{text}", tops


def _plain_environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}


def guide(*sections: str) -> list[str]:
    """The commands in the fenced blocks of deploy/README.md, of these sections, in order."""
    text = (ROOT / "deploy" / "README.md").read_text(encoding="utf-8")
    parts = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE))
    return [block for section in sections for block in re.findall(r"```sh\n(.+?)```", parts[section], re.DOTALL)]


class Mailbox:
    """A mail server on loopback that asks for a password and keeps what arrives."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep a message."""
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.received.append(message)
        return "250 OK"


@contextmanager
def mail_server(user: str, password: str) -> Iterator[tuple[Mailbox, int]]:
    """A mail server with one account; yields its box and its port."""
    mailbox = Mailbox()

    def allowed(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        good = (data.login, data.password) == (user.encode(), password.encode())
        return AuthResult(success=good, handled=False)

    port = free_port()
    controller = Controller(
        mailbox, hostname="127.0.0.1", port=port, authenticator=allowed, auth_require_tls=False, auth_required=True
    )
    controller.start()
    try:
        yield mailbox, port
    finally:
        controller.stop()
