"""Start a server in its own session, wait until it greets, end all of it."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from fakeservers.certificates import process_authority
from fakeservers.spec import CertificateProfile
from tests.lab.client import LabError

UNPACKED = "BADINBOX_LAB"
"""Names a folder into which the Debian packages were unpacked that cannot be installed beside the
others: Exim's (with Postfix) and Courier's (with Dovecot)."""
START_S = 20.0
PROFILES: tuple[CertificateProfile, ...] = (
    "valid",
    "expired",
    "self-signed",
    "unknown-authority",
    "hostname-mismatch",
)


def free_ports(count: int) -> list[int]:
    """Ports below those that the kernel gives to clients, so that none of them takes one."""
    found: list[int] = []
    while len(found) < count:
        port = random.randrange(20000, 32000)
        with socket.socket() as sock, contextlib.suppress(OSError):
            sock.bind(("0.0.0.0", port))
            if port not in found:
                found.append(port)
    return found


def write_certificates(folder: Path) -> None:
    """`<profile>.pem` with key and chain, for each profile; readable by any user."""
    for profile in PROFILES:
        credential = process_authority().credential(profile)
        path = folder / f"{profile}.pem"
        path.write_bytes(credential.key_pem + b"".join(credential.chain_pems))
        path.chmod(0o644)


@contextlib.contextmanager
def running(command: Sequence[str], port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The server, from its first answer on `port` until it has ended, children included."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait_for_port(port, process, log)
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server and its session. Idempotent."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
    raise LabError(f"{process.args} does not listen:\n{log.read_text(errors='replace')[-2000:]}")
