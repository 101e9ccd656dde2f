"""Folders and processes of the servers: whatever becomes of us, both go away."""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from fakeservers.wire import CertificateProfile
from fakeservers.wire.certificates import NAMES, process_authority
from tests.lab.client import LabError

UNPACKED = Path(
    os.environ.get("BADINBOX_LAB") or Path(__file__).resolve().parents[3] / ".ci/cache/lab"
)
"""The Debian packages that cannot be installed beside the others are unpacked here: Exim's (with
Postfix) and Courier's (with Dovecot)."""
START_S = 20.0
RESERVING_HOST = "127.255.255.254"
PROFILES: tuple[CertificateProfile, ...] = (
    "valid",
    "expired",
    "self-signed",
    "unknown-authority",
    "hostname-mismatch",
)
GUARD = """
while read -r group; do groups="$groups -$group"; done
kill -s KILL -- $groups
rm -rf "$1"
"""
"""Reads the process groups that it is to end, and ends them when its standard input does."""


class Site:
    """A folder, and the servers that run there; made by `site`."""

    def __init__(self, folder: Path, guard: subprocess.Popen[bytes]) -> None:
        self.folder = folder
        self._guard = guard
        self._reserved: list[socket.socket] = []
        self._servers: list[subprocess.Popen[bytes]] = []

    @property
    def pids(self) -> list[int]:
        """Of the servers' first processes, in the order in which they were started."""
        return [server.pid for server in self._servers]

    def ports(self, count: int) -> list[int]:
        """Ports that nobody uses, and that no other site will be given.

        Below those that the kernel gives to clients, so that none of them takes one."""
        found: list[int] = []
        while len(found) < count:
            port = random.randrange(20000, 32000)
            # What keeps others off is a socket on an address that no server listens on.
            with contextlib.suppress(OSError), socket.socket() as probe:
                probe.bind(("0.0.0.0", port))
                probe.close()
                self._reserved.append(socket.socket())
                self._reserved[-1].bind((RESERVING_HOST, port))
                found.append(port)
        return found

    def run(self, command: Sequence[str], listens: int | str, log: str = "log") -> None:
        """Start a server; returns after its first answer on this port, or on the Unix socket of
        this name. Raises LabError."""
        path = self.folder / log
        with path.open("ab") as output:
            server = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._servers.append(server)
        assert self._guard.stdin
        self._guard.stdin.write(b"%d\n" % server.pid)
        self._guard.stdin.flush()
        _wait_for(listens, server, path)

    def write_certificates(self, *hosts: str) -> None:
        """`<profile>.pem` with key and chain, for each profile; readable by any user. `hosts`:
        further addresses that the certificates are for."""
        for profile in PROFILES:
            credential = process_authority().credential(profile, (*NAMES, *hosts))
            path = self.folder / f"{profile}.pem"
            path.write_bytes(credential.key_pem + b"".join(credential.chain_pems))
            path.chmod(0o644)

    def shut_down(self) -> None:
        """Ask the servers to end, each with all of its processes, as systemd does."""
        for server in self._servers:
            os.killpg(server.pid, signal.SIGTERM)

    def close(self) -> None:
        """End the servers, remove the folder, let others have the ports."""
        self._guard.communicate()
        for server in self._servers:
            server.wait()
        for sock in self._reserved:
            sock.close()


@contextlib.contextmanager
def site() -> Iterator[Site]:
    """A folder for servers. At the end, or when this process ends in whatever way, the servers are
    killed with all of their children, and the folder is removed."""
    folder = Path(tempfile.mkdtemp(prefix="lab-"))
    folder.chmod(0o755)
    guard = subprocess.Popen(
        ["sh", "-c", GUARD, "sh", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    opened = Site(folder, guard)
    try:
        yield opened
    finally:
        opened.close()


def version(command: Sequence[str | Path], pattern: str, **environment: str) -> str:
    """The version that a server tells of itself; "" where the server is not there."""
    if shutil.which(command[0]) is None:
        return ""
    said = subprocess.run(
        command,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ).stdout.decode(errors="replace")
    found = re.search(pattern, said)
    return found[1] if found else "(version unknown)"


def _wait_for(listens: int | str, server: subprocess.Popen[bytes], log: Path) -> None:
    family = socket.AF_UNIX if isinstance(listens, str) else socket.AF_INET
    address = listens if isinstance(listens, str) else ("127.0.0.1", listens)
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), socket.socket(family) as client:
            client.settimeout(1)
            client.connect(address)
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(0.02)
    raise LabError(f"{server.args} does not listen:\n{log.read_text(errors='replace')[-2000:]}")
