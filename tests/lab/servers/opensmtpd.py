"""OpenSMTPD: Debian 13's in a chroot, with the libraries that it was built with, as its paths are
compiled in. Debian 12's cannot do TLS: https://github.com/OpenSMTPD/OpenSMTPD/issues/1239."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from tests.lab.cases import PASSWORD, USER, Case
from tests.lab.client import Address, Protocol
from tests.lab.servers.process import PROFILES, UNPACKED, Site, site, version

ROOT = UNPACKED / "opensmtpd"
PROGRAM = "usr/sbin/smtpd"
CONTROL = "usr/sbin/smtpctl"
QUEUE_GROUP = 302
FOLDERS = ("dev", "run", "tmp", "var/run", "var/spool/smtpd", "var/lib/opensmtpd/empty")
PASSWD = """\
root:x:0:0::/:/bin/sh
opensmtpd:x:301:301::/var/lib/opensmtpd/empty:/bin/false
opensmtpq:x:302:302::/var/lib/opensmtpd/empty:/bin/false
"""
GROUP = f"root:x:0:\nopensmtpd:x:301:\nopensmtpq:x:{QUEUE_GROUP}:\n"

CONFIGURATION = """\
smtp max-message-size {size}
{limits}
{certificates}
table users file:/etc/users
table owners {{ "{user}" = "{user}" }}
table mailboxes {{ "anna@example.test" = "root", "other@example.test" = "root" }}
table denied {{ 127.0.0.66 }}
table later {{ 127.0.0.68 }}
table greylisted {{ 127.0.0.69 }}
table hellos {{ "client.test" }}
table spammers {{ "spam@example.test" }}
filter denied phase connect match src <denied> disconnect "554 5.7.1 Your IP address is blocked"
filter later phase connect match src <later> disconnect "421 4.7.0 Try again later"
filter access chain {{ denied, later }}
filter no-name phase connect match !rdns disconnect "550 no rDNS is so 80s"
filter hello phase ehlo match !helo <hellos> reject "550 5.7.1 Helo command rejected"
filter grey phase rcpt-to match src <greylisted> reject "451 4.7.1 Greylisted"
filter spam phase commit match mail-from <spammers> reject "554 5.7.1 Spam message rejected"
{listeners}
action "local" mda "/bin/true" virtual <mailboxes>
action "relay" relay host "smtp://127.0.0.1:1"
match from any for domain "example.test" action "local"
match auth from any mail-from "refused@example.test" for any reject
match auth from any for any action "relay"
"""
TLS = "smtps pki valid auth <users>"


@dataclass(frozen=True)
class Setup:
    """How one instance is set up: what is for all of it, its ports, and what is done to it when it
    runs."""

    ports: dict[str, str]
    limits: str = ""
    size: int = 26214400
    without: str = ""
    """A folder of its root that is taken away."""
    control: tuple[str, ...] = field(default=())
    """What smtpctl is told."""


SETUPS = {
    "main": Setup(
        {
            "starttls": "tls pki valid auth <users>",
            "must-starttls": "tls-require pki valid auth <users>",
            "tls": TLS,
            "optional": "smtps pki valid auth-optional <users>",
            "no-tls": "",
            "no-auth": "tls pki valid",
            "owned": f"{TLS} senders <owners>",
            "filtered": "tls pki valid auth <users> filter access",
            "filtered tls": f"{TLS} filter access",
            "no-name": "tls pki valid auth <users> filter no-name",
            "hello": f"{TLS} filter hello",
            "greylisting": f"{TLS} filter grey",
            "content": f"{TLS} filter spam",
            "client-certificate": "smtps verify pki valid auth <users>",
            "ciphers": f"{TLS} ciphers AES128-SHA256 protocols TLSv1.2",
            "proxied": f"{TLS} proxy-v2",
            **{f"tls {name}": f"smtps pki {name} auth <users>" for name in PROFILES},
            "starttls hostname-mismatch": "tls pki hostname-mismatch auth <users>",
        }
    ),
    "limits": Setup(
        {"tiny": TLS},
        limits="smtp limit max-mails 1\nsmtp limit max-rcpt 2",
        size=300,
    ),
    "no queue": Setup({"no-queue": TLS}, without="var/spool/smtpd/incoming"),
    "paused": Setup({"paused": "tls pki valid auth <users>"}, control=("pause", "smtp")),
}
PORTS = {port: name for name, setup in SETUPS.items() for port in setup.ports}


def missing() -> str:
    """Why there is no OpenSMTPD here, or ""."""
    return "" if (ROOT / PROGRAM).exists() else f"no {PROGRAM} below {ROOT}"


def installed() -> str:
    """The version that is installed."""
    return version([*_chroot(ROOT), f"/{PROGRAM}", "-h"], r"OpenSMTPD ([\d.]+)")


def _chroot(root: Path) -> tuple[str, str]:
    return shutil.which("chroot") or "chroot", str(root)


class OpenSmtpd:
    """Ports: those of `SETUPS`; each setup is a server of its own."""

    dialect: ClassVar[str] = "opensmtpd"
    protocol: ClassVar[Protocol] = "smtp"

    def __init__(self, stack: contextlib.ExitStack, ca_file: str) -> None:
        self._ca_file = ca_file
        self._ports: dict[str, int] = {}
        self._hash = _hashed(PASSWORD)
        for setup in SETUPS.values():
            self._start(stack.enter_context(site()), setup)

    def address(self, case: Case, source: str) -> Address:
        return Address(self._ports[case.port], source=source, ca_file=self._ca_file)

    def _start(self, here: Site, setup: Setup) -> None:
        ports = dict(zip(setup.ports, here.ports(len(setup.ports)), strict=True))
        self._ports |= ports
        self._furnish(here, setup, ports)
        here.run([*_chroot(here.folder), f"/{PROGRAM}", "-d"], next(iter(ports.values())))
        if setup.without:
            # When it answers this, it has read its queue: a folder that goes before ends it.
            _tell(here, "show", "queue")
            shutil.rmtree(here.folder / setup.without)
        if setup.control:
            _tell(here, *setup.control)

    def _furnish(self, here: Site, setup: Setup, ports: dict[str, int]) -> None:
        root = here.folder
        shutil.copytree(ROOT, root, symlinks=True, dirs_exist_ok=True)
        for name in FOLDERS:
            (root / name).mkdir(parents=True, exist_ok=True)
        (root / "var/spool/smtpd").chmod(0o711)
        os.chown(root / CONTROL, 0, QUEUE_GROUP)
        (root / CONTROL).chmod(0o2755)
        for name in ("null", "urandom"):
            os.mknod(root / "dev" / name, stat.S_IFCHR | 0o666, os.stat(f"/dev/{name}").st_rdev)
            (root / "dev" / name).chmod(0o666)
        here.write_certificates()
        for profile in PROFILES:
            (root / f"{profile}.pem").chmod(0o600)
        files = {
            "passwd": PASSWD,
            "group": GROUP,
            "hosts": "127.0.0.1 localhost\n",
            "users": f"{USER} {self._hash}\n",
            "smtpd.conf": _configuration(setup, ports),
        }
        (root / "etc/ssl/certs").mkdir(parents=True, exist_ok=True)
        shutil.copy(self._ca_file, root / "etc/ssl/certs/ca-certificates.crt")
        for name, content in files.items():
            (root / "etc" / name).write_text(content)


def _tell(here: Site, *what: str) -> None:
    told = [*_chroot(here.folder), f"/{CONTROL}", *what]
    subprocess.run(told, check=True, capture_output=True)


def _configuration(setup: Setup, ports: dict[str, int]) -> str:
    pki = [f'pki {name} {kind} "/{name}.pem"' for name in PROFILES for kind in ("cert", "key")]
    listen = "listen on 127.0.0.1 hostname mail.example.test port"
    return CONFIGURATION.format(
        limits=setup.limits,
        size=setup.size,
        certificates="\n".join(pki),
        user=USER,
        listeners="\n".join(f"{listen} {port} {setup.ports[name]}" for name, port in ports.items()),
    )


def _hashed(password: str) -> str:
    """As crypt(3) has it (SHA-512)."""
    command = ["openssl", "passwd", "-6", "-stdin"]
    return subprocess.run(
        command, input=password, check=True, capture_output=True, text=True
    ).stdout.strip()
