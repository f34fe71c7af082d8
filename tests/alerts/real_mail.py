"""A real Postfix for tests: its own folder, ports and mailboxes; STARTTLS with login, implicit TLS, and a greylisted
recipient. Needs root and Debian's postfix, sasl2-bin and libsasl2-modules."""

from __future__ import annotations

import datetime
import grp
import mailbox
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from tests.ports import free_port

_MAIN = """\
compatibility_level = 3.6
queue_directory = {d}/q
data_directory = {d}/d
myhostname = mx.test
mydestination =
mynetworks =
inet_interfaces = loopback-only
inet_protocols = ipv4
maillog_file = {d}/q/maillog
maillog_file_prefixes = {d}
virtual_mailbox_domains = example.org
virtual_mailbox_base = {d}/home
virtual_mailbox_maps = inline:{{alice@example.org=alice/,carol@example.org=carol/}}
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_tls_cert_file = {d}/cert.pem
smtpd_tls_key_file = {d}/key.pem
smtpd_tls_security_level = may
smtpd_sasl_auth_enable = yes
smtpd_sasl_path = smtpd
cyrus_sasl_config_path = {d}/etc/sasl
smtpd_sasl_local_domain = mx.test
smtpd_recipient_restrictions =
    check_recipient_access inline:{{ {{carol@example.org = 451 4.7.1 greylisted}} }},
    permit_sasl_authenticated, reject_unauth_destination
default_transport = error:no outside mail
relay_transport = error:no outside mail
alias_maps =
message_size_limit = 2000000
"""
_MASTER = """\
127.0.0.1:{plain} inet n - n - - smtpd
127.0.0.1:{submission} inet n - n - - smtpd
    -o smtpd_tls_security_level=encrypt -o smtpd_client_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{smtps} inet n - n - - smtpd
    -o smtpd_tls_wrappermode=yes -o smtpd_client_restrictions=permit_sasl_authenticated,reject
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
_SASL = """\
pwcheck_method: auxprop
auxprop_plugin: sasldb
mech_list: PLAIN LOGIN
sasldb_path: {d}/sasldb2
"""


@dataclass
class Postfix:
    """Where it listens, and what it delivered."""

    folder: Path
    plain: int
    submission: int
    smtps: int
    password: str = "c0rrect/horse&9"

    @property
    def certificate(self) -> Path:
        """The certificate to trust."""
        return self.folder / "cert.pem"

    def mails(self, name: str, count: int, patience_s: float = 20.0) -> list[EmailMessage]:
        """What lies in a mailbox, once there are so many (or the patience has ended)."""
        until = time.monotonic() + patience_s
        while True:
            try:
                box = mailbox.Maildir(self.folder / "home" / name, factory=None, create=False)
                found = [_read(box.get_bytes(key)) for key in box.iterkeys()]
            except (mailbox.NoSuchMailboxError, FileNotFoundError):
                found = []
            if len(found) >= count or time.monotonic() > until:
                return found
            time.sleep(0.1)


def _read(raw: bytes) -> EmailMessage:
    from email import message_from_bytes

    return message_from_bytes(raw, policy=default)  # type: ignore[return-value]


@contextmanager
def postfix() -> Iterator[Postfix]:
    """Start it, and stop it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="postfix-"))
    folder.chmod(0o755)
    server = Postfix(folder, free_port(), free_port(), free_port())
    nobody = pwd.getpwnam("nobody")
    for name in ("etc/sasl", "q", "d", "home"):
        (folder / name).mkdir(parents=True)
    shutil.chown(folder / "d", "postfix")
    shutil.chown(folder / "home", "nobody")
    certificate(folder, ["localhost"])
    values = {"d": folder, "uid": nobody.pw_uid, "gid": nobody.pw_gid, **_ports(server)}
    (folder / "etc/main.cf").write_text(_MAIN.format(**values))
    (folder / "etc/master.cf").write_text(_MASTER.format(**values))
    (folder / "etc/sasl/smtpd.conf").write_text(_SASL.format(**values))
    subprocess.run(
        ["saslpasswd2", "-p", "-c", "-f", str(folder / "sasldb2"), "-u", "mx.test", "desk"],
        input=server.password.encode(),
        check=True,
    )
    os.chown(folder / "sasldb2", 0, grp.getgrnam("postfix").gr_gid)
    (folder / "sasldb2").chmod(0o640)
    command = ["postfix", "-c", str(folder / "etc")]
    subprocess.run([*command, "start"], check=True, capture_output=True)
    try:
        yield server
    finally:
        subprocess.run([*command, "stop"], check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


def _ports(server: Postfix) -> dict[str, int]:
    return {"plain": server.plain, "submission": server.submission, "smtps": server.smtps}


def certificate(folder: Path, names: list[str]) -> None:
    """A throw-away certificate for some names, its own authority: `cert.pem` and `key.pem` in a folder."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
