"""Cyrus IMAP: one master with all of its users; its daemon for passwords is played by the lab."""

from __future__ import annotations

import contextlib
import imaplib
import shutil
import socket
import ssl
import struct
import subprocess
import threading
from pathlib import Path
from typing import ClassVar

from fakeservers.content import USUAL
from fakeservers.spec import Account
from fakeservers.store import StoredAccount
from tests.lab.cases import PASSWORD, Case
from tests.lab.catalogue.cyrus import CASES as CYRUS
from tests.lab.client import Address, Protocol
from tests.lab.servers.process import PROFILES, UNPACKED, site, version

IMAPD = UNPACKED / "usr/lib/cyrus/bin/imapd"
PROGRAMS = Path("/usr/lib/cyrus/bin")
"""Of Debian's package cyrus-common, which may stand beside Dovecot, as cyrus-imapd may not."""
PORTS = ("cleartext", "starttls", *(f"tls {profile}" for profile in PROFILES))

CONFIGURATION = """\
configdirectory: {folder}/conf
partition-default: {folder}/spool
defaultpartition: default
allowplaintext: {plaintext}
sasl_pwcheck_method: saslauthd
sasl_saslauthd_path: {folder}/saslauthd
sasl_mech_list: PLAIN LOGIN
virtdomains: userid
defaultdomain: example.test
servername: mail.example.test
autocreate_quota: 262144
autocreate_quota_messages: 10000
autocreate_post: yes
failedloginpause: 0
maxlogins_per_host: 5
tls_server_cert: {folder}/{profile}.pem
tls_server_key: {folder}/{profile}.pem
tls_session_timeout: 0
"""
"""For the rest what Cyrus itself is set to, besides its pause: what is compared are words."""


def missing() -> str:
    """Why there is no Cyrus here, or ""."""
    if not IMAPD.exists():
        return f"no cyrus-imapd below {UNPACKED}"
    return "" if PROGRAMS.exists() else "cyrus-common is not installed"


def installed() -> str:
    """The version that is installed."""
    return version(["dpkg-query", "-W", "cyrus-common"], r"\t([\d.]+)")


class SaslAuthDaemon(threading.Thread):
    """Answers log-ins as saslauthd does (cyrus-sasl, saslauthd/ipc_unix.c): four strings, each
    after its length in two bytes, and one back."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self._sock = socket.socket(socket.AF_UNIX)
        self._sock.bind(str(path))
        self._sock.listen(10)
        path.chmod(0o666)
        self.start()

    def run(self) -> None:
        with contextlib.suppress(OSError):  # closed: the end
            while True:
                connection, _ = self._sock.accept()
                with connection, connection.makefile("rwb") as both:
                    words = [both.read(*struct.unpack("!H", both.read(2))) for _ in range(4)]
                    user, password = words[0].decode(), words[1].decode()
                    if user != "unavailable":
                        good = password == PASSWORD and user != "nobody"
                        said = b"OK" if good else b"NO"
                        both.write(struct.pack("!H", len(said)) + said)

    def close(self) -> None:
        self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()


class Cyrus:
    """Ports: those of `PORTS`; `tls` is the one with the valid certificate."""

    dialect: ClassVar[str] = "cyrus"
    protocol: ClassVar[Protocol] = "imap"

    def __init__(self, stack: contextlib.ExitStack, ca_file: str) -> None:
        self._ca_file = ca_file
        self._site = stack.enter_context(site())
        self._ports = dict(zip(PORTS, self._site.ports(len(PORTS)), strict=True))
        self._furnish()
        daemon = SaslAuthDaemon(self._site.folder / "saslauthd")
        stack.callback(daemon.close)
        folder = self._site.folder
        files = ("-C", f"{folder}/valid.conf", "-M", f"{folder}/cyrus.conf", "-p", f"{folder}/pid")
        self._site.run([f"{PROGRAMS}/master", "-D", *files], self._ports["tls valid"])
        for case in CYRUS:
            if case.user.startswith(("own-", "full")):
                self._fill(case)

    def address(self, case: Case, source: str) -> Address:
        name = "tls valid" if case.port == "tls" else case.port
        return Address(self._ports[name], source=source, ca_file=self._ca_file)

    def _fill(self, case: Case) -> None:
        """The messages that a fake's INBOX has; its other folders where the case comes to them."""
        said = " ".join(step for step in case.steps if isinstance(step, str))
        folders = {each.name: each.special_use for each in USUAL.all_folders if each.special_use}
        meant = any(word in said for word in ('"" *', '"" %', *folders))
        trusting = ssl.create_default_context(cafile=self._ca_file)
        trusting.check_hostname = False
        with imaplib.IMAP4_SSL("127.0.0.1", self._ports["tls valid"], ssl_context=trusting) as to:
            to.login(case.user, PASSWORD)
            for name, use in folders.items() if meant else ():
                to.create(f"{name} (USE ({use}))")
                to.subscribe(name)
            for message in StoredAccount(Account(address=case.user)).inbox.messages:
                to.append("INBOX", None, None, message.content)

    def _furnish(self) -> None:
        folder = self._site.folder
        self._site.write_certificates()
        for name in ("db", "log", "lock", "msg", "proc", "ptclient", "socket", "sieve"):
            (folder / "conf" / name).mkdir(parents=True)
        (folder / "spool").mkdir()
        services = []
        for number, (name, port) in enumerate(self._ports.items()):
            security, _, profile = name.partition(" ")
            plaintext = "yes" if security == "cleartext" else "no"
            settings = {"folder": folder, "plaintext": plaintext, "profile": profile or "valid"}
            file = folder / f"{profile or security}.conf"
            file.write_text(CONFIGURATION.format(**settings))
            imapd = f"{IMAPD} -C {file}" + (" -s" if security == "tls" else "")
            services.append(f'imap{number} cmd="{imapd}" listen="127.0.0.1:{port}" prefork=0')
        recover = f"{PROGRAMS}/ctl_cyrusdb -C {folder}/valid.conf -r"
        (folder / "cyrus.conf").write_text(
            f'START {{\nrecover cmd="{recover}"\n}}\n'
            + "SERVICES {\n"
            + "\n".join(services)
            + "\n}\nEVENTS {\n}\n"
        )
        chown = shutil.which("chown") or "chown"
        subprocess.run([chown, "-R", "cyrus:mail", folder / "conf", folder / "spool"], check=True)
