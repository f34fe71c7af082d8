"""Who may look: the token of a served report, compared in constant time, and the cookie it is exchanged for."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from dataclasses import dataclass, field

# The credential that holds the token.
CREDENTIAL = "web_token"
# A token of fewer characters can be guessed.
LEAST_TOKEN = 16
COOKIE = "monitor_report"
# How long a browser stays let in, in seconds.
LET_IN_S = 7 * 86400


@dataclass(frozen=True, slots=True)
class Access:
    """What a request must show. `token` '' asks for nothing, and is only right on loopback."""

    token: str = field(repr=False)

    def allows(self, authorization: str | None, cookie: str | None, now: float) -> bool:
        """Whether a request with this Authorization header and this cookie may see the report; `now` is Unix time."""
        if not self.token:
            return True
        scheme, _, given = (authorization or "").partition(" ")
        if scheme.lower() == "bearer" and self.is_token(given.strip()):
            return True
        return self._is_cookie(cookie or "", now)

    def is_token(self, given: str) -> bool:
        """Whether this is the token; takes as long for a near miss as for a far one."""
        return bool(self.token) and hmac.compare_digest(_digest(given), _digest(self.token))

    def cookie(self, now: float) -> str:
        """What a browser that gave the token is handed: when it ends, sealed with the token; not the token itself."""
        ends = str(int(now) + LET_IN_S)
        return f"{ends}.{self._seal(ends)}"

    def _is_cookie(self, value: str, now: float) -> bool:
        ends, _, seal = value.partition(".")
        sealed = hmac.compare_digest(_digest(seal), _digest(self._seal(ends)))
        return sealed and ends.isascii() and ends.isdigit() and int(ends) > now

    def _seal(self, ends: str) -> str:
        return hmac.new(self.token.encode(), f"monitor report until {ends}".encode(), hashlib.sha256).hexdigest()


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def address(text: str) -> tuple[str, int]:
    """`127.0.0.1:8765`, `[::1]:8765` or `8765` -> host and port. ValueError says what is wrong and how to write it."""
    found = re.fullmatch(r"(?:(?:\[([0-9a-fA-F:.]+)\]|([^\[\]:]+)):)?(\d{1,5})", text.strip())
    if not found or not 0 <= int(found[3]) <= 65535:
        raise ValueError(f"{text!r} is not an address -> Write 127.0.0.1:8765 or [::1]:8765")
    return found[1] or found[2] or "127.0.0.1", int(found[3])


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches this host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def fault(host: str, token: str) -> str:
    """Why a report may not be served like this; nothing where it may."""
    if token and len(token) < LEAST_TOKEN:
        return f"the credential `{CREDENTIAL}` is shorter than {LEAST_TOKEN} characters: make one with `openssl rand -hex 24`"
    if not token and not is_loopback(host):
        return (
            f"{host} can be reached from other machines and no token is configured: put one into the credential"
            f" `{CREDENTIAL}` (or MONITOR_{CREDENTIAL.upper()}), or serve on 127.0.0.1"
        )
    return ""
