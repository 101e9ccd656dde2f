"""Courier-IMAP: its programs in a chroot, as their paths are compiled in; one listener per port.

Its authentication daemon is played by the lab: what is compared is what the IMAP server says.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import threading
from pathlib import Path
from typing import ClassVar

from tests.lab.cases import PASSWORD, Case
from tests.lab.catalogue.courier import CASES as COURIER
from tests.lab.client import Address, Protocol
from tests.lab.servers.maildir import MAIL_UID, fill
from tests.lab.servers.process import PROFILES, UNPACKED, site, version

PROGRAMS = (
    "usr/sbin/couriertcpd",
    "usr/bin/couriertls",
    "usr/bin/imapd",
    "usr/lib/courier/courier/imaplogin",
    "usr/lib/courier/courier-authlib/makedatprog",
)
FILE_MONITOR = Path("/usr/libexec/gam_server")
"""Of Debian's package gamin. Where imapd finds none, it tries for over a second at each log-in, and
tells the client so."""
LOGIN = ("/usr/lib/courier/courier/imaplogin", "/usr/bin/imapd", "Maildir")
CAPABILITIES = (
    "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE"
)
ENVIRONMENT = {
    "IMAP_CAPABILITY": CAPABILITIES,
    "IMAP_CAPABILITY_TLS": f"{CAPABILITIES} AUTH=PLAIN",
    "IMAP_TLS_REQUIRED": "0",
    "IMAP_ACL": "1",
    "IMAP_KEYWORDS": "1",
    "IMAP_USELOCKS": "0",
    "IMAP_ENHANCEDIDLE": "0",
    "COURIERTLS": "/usr/bin/couriertls",
    "TLS_VERIFYPEER": "NONE",
}
"""What Debian's /etc/courier/imapd and imapd-ssl set."""
PORTS = ("starttls", "must-starttls", *(f"tls {profile}" for profile in PROFILES))


def missing() -> str:
    """Why there is no Courier here, or ""."""
    if not all((UNPACKED / program).exists() for program in PROGRAMS):
        return f"no courier-imap below {UNPACKED}"
    return "" if FILE_MONITOR.exists() else f"no {FILE_MONITOR}"


def installed() -> str:
    """The version that is installed."""
    libraries = f"{UNPACKED}/usr/lib:{UNPACKED}/usr/lib/courier-authlib"
    command = [UNPACKED / "usr/bin/imapd", "--version"]
    return version(command, r"Courier-IMAP ([\d.]+)", LD_LIBRARY_PATH=libraries)


class AuthDaemon(threading.Thread):
    """Answers log-ins at a socket as Courier's authdaemond does (authlib's README_authdebug)."""

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
                with connection:
                    connection.sendall(self._answer(connection.recv(4096).decode()))

    def close(self) -> None:
        self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()

    @staticmethod
    def _answer(request: str) -> bytes:
        user, password = (*request.splitlines(), "", "")[4:6]
        if user.startswith("unavailable@"):
            return b""
        if password != PASSWORD or user.startswith("nobody@"):
            return b"FAIL\n"
        options = {"disabled": "disableimap=1", "tls-only": "disableinsecureimap=1"}
        option = options.get(user.partition("@")[0], "")
        folder = "/mail"
        if user.startswith(("broken@", "closed@", "full@", "own-")):
            folder = f"/mail/{user}"
        lines = ["UID=8", "GID=8", f"ADDRESS={user}", f"HOME={folder}", f"OPTIONS={option}", "."]
        return "".join(f"{line}\n" for line in lines).encode()


class Courier:
    """Ports: those of `PORTS`; `tls` is the one with the valid certificate."""

    dialect: ClassVar[str] = "courier"
    protocol: ClassVar[Protocol] = "imap"

    def __init__(self, stack: contextlib.ExitStack, ca_file: str) -> None:
        self._ca_file = ca_file
        self._site = stack.enter_context(site())
        self._root = self._site.folder
        self._ports = dict(zip(PORTS, self._site.ports(len(PORTS)), strict=True))
        self._furnish()
        daemon = AuthDaemon(self._root / "run/courier/authdaemon/socket")
        stack.callback(daemon.close)
        self._start_file_monitor()
        for name, port in self._ports.items():
            self._site.run(self._command(name, port), port)

    def address(self, case: Case, source: str) -> Address:
        name = "tls valid" if case.port == "tls" else case.port
        return Address(self._ports[name], source=source, ca_file=self._ca_file)

    def _start_file_monitor(self) -> None:
        # Its socket has an abstract name, which no chroot hides: another lab's is called otherwise.
        address = f"\0/tmp/fam-courier-{self._root.name}"
        program = (str(FILE_MONITOR), "--notimeout", self._root.name)
        self._site.run([*self._chroot("--userspec=8:8"), *program], address.ljust(108, "\0"))

    def _chroot(self, *options: str) -> tuple[str, ...]:
        return (shutil.which("chroot") or "chroot", *options, str(self._root))

    def _command(self, name: str, port: int) -> list[str]:
        security, _, profile = name.partition(" ")
        environment = {
            **ENVIRONMENT,
            "TLS_CERTFILE": f"/{profile or 'valid'}.pem",
            "GAM_CLIENT_ID": self._root.name,
            **({"IMAP_TLS": "1"} if security == "tls" else {"IMAP_STARTTLS": "YES"}),
            **({"IMAP_TLS_REQUIRED": "1"} if security == "must-starttls" else {}),
        }
        return [
            *("env", "-i", *(f"{key}={value}" for key, value in environment.items())),
            *(*self._chroot(), "/usr/sbin/couriertcpd"),
            *("-address=127.0.0.1", "-maxprocs=40", "-maxperip=2", "-access=/access.dat"),
            *("-nodnslookup", "-noidentlookup", str(port)),
            *(("/usr/bin/couriertls", "-server", "-tcpd") if security == "tls" else ()),
            *LOGIN,
        ]

    def _furnish(self) -> None:
        root = self._root
        for program in PROGRAMS:
            _copy_with_libraries(UNPACKED / program, root / program, root)
        _copy_with_libraries(FILE_MONITOR, root / FILE_MONITOR.relative_to("/"), root)
        for folder in ("run/courier/authdaemon", "tmp", "dev", "mail/Maildir"):
            (root / folder).mkdir(parents=True)
        (root / "tmp").chmod(0o1777)
        for name in ("cur", "new", "tmp"):
            (root / "mail/Maildir" / name).mkdir()
        for case in COURIER:
            if case.user.startswith("own-"):
                fill(root / "mail" / case.user / "Maildir")
        for user in ("closed", "full"):
            fill(root / f"mail/{user}@example.test/Maildir")
        (root / "mail/closed@example.test").chmod(0o1755)
        (root / "mail/full@example.test/Maildir/maildirsize").write_text("100S\n90 1\n")
        for path in (root / "mail", *(root / "mail").rglob("*")):
            os.chown(path, MAIL_UID, MAIL_UID)
        (root / "etc").mkdir()
        (root / "etc/passwd").write_text("root:x:0:0::/:\ncourier:x:8:8::/:\n")
        (root / "etc/group").write_text("root:x:0:\ncourier:x:8:\n")
        (root / "dev/null").touch()
        (root / "dev/null").chmod(0o666)
        self._site.write_certificates()
        subprocess.run(
            [*self._chroot(), f"/{PROGRAMS[-1]}", "-", "/access.tmp", "/access.dat"],
            input=b"127.0.0.66\tdeny\n.\n",
            check=True,
            capture_output=True,
        )


def _copy_with_libraries(program: Path, to: Path, root: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(program, to)
    environment = {**os.environ, "LD_LIBRARY_PATH": str(UNPACKED / "usr/lib")}
    listed = subprocess.run(
        ["ldd", str(program)], env=environment, check=True, capture_output=True, text=True
    ).stdout
    for library in re.findall(r"(/\S+) \(0x", listed):
        inside = root / library.removeprefix(str(UNPACKED)).lstrip("/")
        inside.parent.mkdir(parents=True, exist_ok=True)
        if not inside.exists():
            shutil.copy(library, inside)
