"""What a healthy client waits while another one attacks a mailbox beside its own.

    python -m bench.steadiness [--only TEXT]… [--seconds S]

For each attack of `attacks.py`: a process with two mailboxes, an attacker, a process of its own, at
one of them, and a client that logs in, selects and asks for news at the other. Printed are how long
that one waited, before the attack (`quiet`) and during it; the processor time of the attacked
process meanwhile, which is what it would have waited on cores that nobody else uses, and what is
judged; the memory before and after; and how long SIGTERM took while the attack went on once more.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

from bench.attacks import ATTACKS, Attack, said
from bench.clock import Neighbours, cores, start
from bench.results import table
from bench.serving import cpu_s
from fakeservers.mailbox import open_mailbox
from fakeservers.spec import Account, MailboxSpec

ACCOUNT = Account()
TARGET_S = 0.05
"""The longest that 99 of 100 commands of the healthy client may wait."""
MOST_MEMORY = 1.2
SETTLES_S = 5.0
"""How long it may take to end what was begun, and to give memory back."""
QUIET_S = 2.0
"""How long the healthy client is alone before it is attacked: what others on this machine cost."""
PACE_S = 0.01
GIVE_UP_S = 60.0
HEADINGS = (
    "attack",
    "took",
    "p99: quiet",
    "attacked",
    "worst",
    "CPU: p99",
    "worst",
    "memory",
    "SIGTERM",
    "",
)


def main() -> int:
    """Attack, print the table; 1 where a target is missed."""
    arguments = _arguments()
    if arguments.serve:
        asyncio.run(_serve())
        return 0
    if arguments.attack is not None:
        _attack(ATTACKS[arguments.attack], json.loads(arguments.ports))
        return 0
    neighbours = Neighbours()
    quiet = _measured(None, arguments.seconds)
    rows = [HEADINGS, quiet.row("(none)")]
    print(*table(rows), sep="\n", file=sys.stderr)
    for number, attack in enumerate(ATTACKS):
        if any(text in attack.name for text in arguments.only or [""]):
            rows.append(_measured(number, arguments.seconds).row(attack.name))
            print(*rows[-1], sep="  ", file=sys.stderr)
    print(*table(rows), sep="\n")
    print(f"\n{cores()} cores, of which other processes used {neighbours}")
    return 1 if any(row[-1] == "FAIL" for row in rows) else 0


class _Measured:
    """One attack: what the healthy client waited, and the server's CPU time meanwhile, in seconds;
    megabytes; seconds until the end."""

    def __init__(self) -> None:
        self.quiet: list[float] = []
        self.waits: list[float] = []
        self.cpu: list[float] = []
        self.took_s = 0.0
        self.before_mb = self.after_mb = 0.0
        self.ended_s: float | None = None

    def row(self, name: str) -> tuple[str, ...]:
        """The line of the table."""
        good = _p99(self.cpu) <= TARGET_S and self.ended_s is not None
        good = good and self.after_mb <= MOST_MEMORY * self.before_mb
        return (
            name,
            f"{self.took_s:.1f} s",
            f"{_p99(self.quiet) * 1000:.0f} ms",
            *(f"{found(self.waits) * 1000:.0f} ms" for found in (_p99, max)),
            *(f"{found(self.cpu) * 1000:.1f} ms" for found in (_p99, max)),
            f"{self.before_mb:.0f} → {self.after_mb:.0f} MB",
            "killed" if self.ended_s is None else f"{self.ended_s:.1f} s",
            "pass" if good else "FAIL",
        )


def _p99(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.99)]


def _measured(attack: int | None, seconds: float) -> _Measured:
    found = _Measured()
    with start(["-m", "bench.steadiness", "--serve"], stdout=subprocess.PIPE) as server:
        assert server.stdout
        attacked, healthy = json.loads(server.stdout.readline())
        with socket.create_connection(("127.0.0.1", healthy["smtp"])) as sock:
            sock.recv(100)  # what SMTP needs is loaded with its first connection, too
        found.quiet = _alone(healthy["imap"], server.pid)
        found.before_mb = _memory_mb(server.pid)
        with _attacking(attack, attacked) as attacker:
            began = time.monotonic()
            while time.monotonic() - began < seconds and (not attacker or attacker.poll() is None):
                if not _visit(healthy["imap"], server.pid, found):
                    break
            found.took_s = time.monotonic() - began
        found.after_mb = _settled_mb(server.pid, MOST_MEMORY * found.before_mb)
        with _attacking(attack, attacked):
            time.sleep(0.5)
            found.ended_s = _terminated(server)
    return found


def _alone(port: int, server: int) -> list[float]:
    """What it waits for nobody's sake; the first visit loads what is needed."""
    _visit(port, server, _Measured())
    found, began = _Measured(), time.monotonic()
    while time.monotonic() - began < QUIET_S:
        _visit(port, server, found)
    return found.waits


@contextlib.contextmanager
def _attacking(attack: int | None, ports: dict[str, int]) -> Iterator[subprocess.Popen[str] | None]:
    """The attacker, in a process of its own; ended with the block."""
    if attack is None:
        yield None
        return
    command = ["-m", "bench.steadiness", "--attack", str(attack), "--ports", json.dumps(ports)]
    with start(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()  # it is connected
        try:
            yield process
        finally:
            process.kill()


def _terminated(server: subprocess.Popen[str]) -> float | None:
    """Seconds until SIGTERM ended it; None: it had to be killed."""
    began = time.monotonic()
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        return None
    return time.monotonic() - began


def _visit(port: int, server: int, found: _Measured) -> bool:
    """One visit of the healthy client; False: it gave up waiting."""
    login = f"a LOGIN {ACCOUNT.login} {ACCOUNT.password}\r\n"
    commands = ["", login, "b NOOP\r\n", "c SELECT INBOX\r\n", "d NOOP\r\n", "e LOGOUT\r\n"]
    try:
        with socket.create_connection(("127.0.0.1", port), GIVE_UP_S) as sock:
            answers = sock.makefile("rb")
            for command in commands:
                began, cpu = time.perf_counter(), cpu_s(server)
                sock.sendall(command.encode())
                tag = command[:2].encode() or b"* OK"
                while not (line := answers.readline()).startswith(tag):
                    if not line:
                        raise ConnectionError("the server has left")
                found.waits.append(time.perf_counter() - began)
                found.cpu.append(cpu_s(server) - cpu)
                time.sleep(PACE_S)
    except TimeoutError:
        found.waits.append(GIVE_UP_S)
        found.cpu.append(GIVE_UP_S)
        return False
    return True


def _attack(attack: Attack, ports: dict[str, int]) -> None:
    """Be the attacker: say all of it, and read what comes, both at once."""
    plain = base64.b64encode(f"\0{ACCOUNT.login}\0{ACCOUNT.password}".encode()).decode()
    words = {"user": ACCOUNT.login, "password": ACCOUNT.password}
    words |= {"address": ACCOUNT.address, "plain": plain}

    async def run() -> None:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", ports[attack.protocol], limit=2**26
        )

        print("connected", flush=True)

        async def say() -> None:
            with contextlib.suppress(ConnectionError):
                for piece in said(attack, attack.size, words):
                    writer.write(piece)
                    await writer.drain()

        saying = asyncio.create_task(say())
        while line := await reader.readline():
            if line.startswith(attack.last):
                break
        saying.cancel()

    with contextlib.suppress(ConnectionError):
        asyncio.run(run())


async def _serve() -> None:
    """Two mailboxes; their ports on one line."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    services = {name: {"protocol": name, "security": "cleartext"} for name in ("imap", "smtp")}
    spec = MailboxSpec.model_validate({"dialect": "dovecot", "services": services})
    async with AsyncExitStack() as stack:
        mailboxes = [await stack.enter_async_context(open_mailbox(spec)) for _ in range(2)]
        ports = [{name: each.port for name, each in box.services.items()} for box in mailboxes]
        gc.freeze()  # as `serve` does
        print(json.dumps(ports), flush=True)
        await stop.wait()


def _settled_mb(pid: int, wanted: float) -> float:
    """What it takes once it is no more than that, or after some seconds."""
    until = time.monotonic() + SETTLES_S
    while (found := _memory_mb(pid)) > wanted and time.monotonic() < until:
        time.sleep(0.1)
    return found


def _memory_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench.steadiness")
    parser.add_argument("--only", action="append", help="attacks with this in their name")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long one may take")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--attack", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--ports", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
