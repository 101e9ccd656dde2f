"""A connector's process: started in a group of its own, asked by lines, killed with all it started.

What it prints on standard error is drained, as a full pipe would stop it, and kept in part.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import itertools
import os
import secrets
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from harness.connectors.connector import LONGEST_ANSWER
from harness.contract.answer import Output, tells_error

KEPT_FIRST: Final = 1500
KEPT_LAST: Final = 500
"""Bytes of standard error: Node.js and Java say first what went wrong, Python last."""
LAST_WORDS_S: Final = 1.0
"""How long the last output of a process that has ended is waited for."""
ENDING_S: Final = 1.0
"""How long a process that has said all may take to end, before it is looked whether it sleeps."""
SETTLED_S: Final = 2.0
"""How long a process may be busy with what a check left behind."""
LOOK_S: Final = 0.01
_MARK: Final = "BADINBOX_RUN"
_RUN: Final = secrets.token_hex(16)
_NUMBERS: Final = itertools.count(1)


Environment = Mapping[str, str]


class Lost(Exception):
    """The process ended, or said something that is not the protocol; the message says what."""


class _Protocol(asyncio.subprocess.SubprocessStreamProtocol):
    """Tells when the process has ended: `Process.wait` also waits for its pipes, which a child
    that it left may hold open."""

    def __init__(self) -> None:
        super().__init__(limit=LONGEST_ANSWER, loop=asyncio.get_running_loop())
        self.exited = asyncio.Event()

    def process_exited(self) -> None:
        super().process_exited()
        self.exited.set()


class _Printed:
    """The first and the last of what a process prints; whole lines, where it prints any."""

    def __init__(self) -> None:
        self._first, self._last, self._cut = b"", b"", False

    def add(self, chunk: bytes) -> None:
        room = KEPT_FIRST - len(self._first)
        self._first += chunk[:room]
        rest = self._last + chunk[room:]
        self._cut = self._cut or len(rest) > KEPT_LAST
        self._last = rest[-KEPT_LAST:]

    def text(self) -> str:
        first, last, between = self._first, self._last, b""
        if self._cut:
            first = first[: first.rfind(b"\n") + 1] or first
            last = last[last.find(b"\n") + 1 :] or last
            between = "…\n".encode()
        return (first + between + last).decode("utf-8", errors="replace").strip()


class ConnectorProcess:
    """One process of a connector."""

    def __init__(
        self, transport: asyncio.SubprocessTransport, protocol: _Protocol, mark: str
    ) -> None:
        loop = asyncio.get_running_loop()
        self._process = asyncio.subprocess.Process(transport, protocol, loop)
        self._transport = transport
        self._mark = mark
        self._exited = protocol.exited
        self._printed = _Printed()
        self.said = bytearray()
        """What was read of its standard output by `ask_once`."""
        self._news = asyncio.Event()
        self._draining = asyncio.create_task(self._drain())

    @classmethod
    async def start(cls, command: Sequence[str], environment: Environment) -> ConnectorProcess:
        """Start it. Raises `Lost` where there is nothing to start."""
        mark = f"{_marked()}-{next(_NUMBERS)}"
        try:
            started = await asyncio.get_running_loop().subprocess_exec(
                _Protocol,
                *command,
                start_new_session=True,  # a group of its own: its children are killed with it
                env={**os.environ, **environment, _MARK: mark},
            )
        except OSError as error:
            raise Lost(f"{command[0]}: {error.strerror} (errno {error.errno})") from None
        return cls(*started, mark)

    @property
    def output(self) -> Output:
        """What there is so far."""
        return Output(self._process.returncode, self._printed.text())

    def forget_output(self) -> None:
        """What is printed from now on belongs to another check."""
        self._printed = _Printed()

    @property
    def sleeps(self) -> bool:
        """Whether neither it nor what it started has anything to do at the moment."""
        return not self._exited.is_set() and not _busy(self._process.pid)

    @property
    def unread_bytes(self) -> int:
        """How much of what it was told it has not read yet; the kernel keeps that where its input
        is a socket (unix(7)), and where it is a pipe (pipe(7))."""
        pipe = self._transport.get_pipe_transport(0)
        end = pipe.get_extra_info("pipe") if pipe else None
        if end is None or getattr(end, "closed", False) or end.fileno() < 0:
            return 0
        of = termios.TIOCOUTQ if hasattr(end, "getsockname") else termios.FIONREAD
        [unread] = struct.unpack("i", fcntl.ioctl(end.fileno(), of, bytes(4)))
        return int(unread)

    @property
    def has_connections(self) -> bool:
        """Whether it, or what it started, has a socket, its input and output apart."""
        return any(map(_sockets, _of_session(self._process.pid)))

    def end_input(self) -> None:
        """Tell it nothing more. Idempotent."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    async def settle(self) -> bool:
        """Wait until it has nothing to do, or has ended; whether it has ended.

        What wakes it, such as a connection that was closed, has it runnable at once, however busy
        the machine is: so it has nothing to do when it and its children sleep, twice in a row.
        """
        until = time.monotonic() + SETTLED_S
        asleep = 0
        while asleep < 2 and not self._exited.is_set() and time.monotonic() < until:
            asleep = 0 if _busy(self._process.pid) else asleep + 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._exited.wait(), LOOK_S)
        if self._exited.is_set():
            await asyncio.wait([self._draining], timeout=LAST_WORDS_S)
        return self._exited.is_set()

    def tell(self, line: bytes) -> None:
        """Send a line, and wait for nothing: it may never read it."""
        if self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(line)

    async def next_line(self) -> bytes:
        """The next line of its standard output, without an end where it was not finished; empty
        where there are no more. Raises `Lost` where it is too long."""
        assert self._process.stdout is not None
        try:
            return await self._process.stdout.readline()
        except ValueError:
            raise Lost(f"said a line that is longer than {LONGEST_ANSWER} bytes") from None

    async def ask(self, line: bytes) -> bytes:
        """Send one line, await the answer, one line as well. Raises `Lost`."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(line)
            await self._process.stdin.drain()
            answer = await self._process.stdout.readline()
        except ConnectionError:
            answer = b""
        except ValueError:
            raise Lost(f"its answer is longer than {LONGEST_ANSWER} bytes") from None
        if not answer.endswith(b"\n"):
            raise Lost(await self.how_it_ended())
        return answer

    async def ask_once(self, line: bytes, whole: Callable[[bytes], bool]) -> bool:
        """Send one line and no more, and read all that it says until it ends; whether it did: once
        the answer is `whole`, it is not waited for any longer than it takes to end. Raises `Lost`.
        """
        assert self._process.stdin is not None
        with contextlib.suppress(ConnectionError):  # it need not read what it is told
            self._process.stdin.write(line)
            await self._process.stdin.drain()
            self._process.stdin.close()
        reading = asyncio.create_task(self._read_all())
        ending = asyncio.create_task(self._exited.wait())
        lingering = asyncio.create_task(self._linger(whole))
        try:
            first = [reading, ending, lingering]
            await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                reading.result()  # raises where it was too much
            await asyncio.wait([ending, lingering], return_when=asyncio.FIRST_COMPLETED)
            if not ending.done():
                return False
            # Children that it left may hold its standard output open.
            self._kill_group()
            await asyncio.wait([reading], timeout=LAST_WORDS_S)
            if not reading.done():
                _kill(self._mark.__eq__)
            await asyncio.wait([self._draining], timeout=LAST_WORDS_S)
            await reading
            return True
        finally:
            for task in (reading, ending, lingering):
                task.cancel()
            await asyncio.gather(reading, ending, lingering, return_exceptions=True)

    async def _read_all(self) -> None:
        assert self._process.stdout is not None
        while chunk := await self._process.stdout.read(65536):
            self.said += chunk
            self._news.set()
            if len(self.said) > LONGEST_ANSWER:
                raise Lost(f"its answer is longer than {LONGEST_ANSWER} bytes")

    async def _linger(self, whole: Callable[[bytes], bool]) -> None:
        """Wait until it has said all, and has had the time to end."""
        while True:
            await self._news.wait()
            self._news.clear()
            if whole(bytes(self.said)):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), ENDING_S)
                    continue
                await self.settle()  # what still works at ending is let do so
                return

    async def kill(self) -> None:
        """End it and its children. Idempotent."""
        self._kill_group()
        await self._exited.wait()
        self._draining.cancel()
        await asyncio.gather(self._draining, return_exceptions=True)
        # Nothing else closes the pipes of a killed process before the garbage collector does.
        self._transport.close()

    async def exited(self) -> None:
        """Wait until it has ended, and kill what it left running, wherever that went."""
        await self._exited.wait()
        self._kill_group()
        _kill(self._mark.__eq__)

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def _drain(self) -> None:
        assert self._process.stderr is not None
        while chunk := await self._process.stderr.read(65536):
            self._printed.add(chunk)

    async def how_it_ended(self) -> str:
        """Wait until it has ended, and for its last words; both in words."""
        await self._exited.wait()
        await asyncio.wait([self._draining], timeout=LAST_WORDS_S)
        return ended(self.output)


def ended(output: Output) -> str:
    """How a process that has ended did so, in words."""
    code = output.exit_code or 0
    how = f"signal {-code}" if code < 0 else f"exit status {code}"
    said = output.decisive
    what = "printed" if tells_error(said) else "last printed"
    printed = f"; {what}: {said}" if said else ""
    return f"its process ended with {how}{printed}"


_ASLEEP: Final = {"S", "I", "T"}


def _busy(leader: int) -> bool:
    """Whether a thread of the process, or of what it started, runs or is about to; also where it
    has ended, and that is not known yet. Where there is no /proc: no."""
    here = _of_session(leader)
    if leader not in here and Path("/proc/self").exists():
        return True
    return any(_states(pid) - _ASLEEP - ({"Z"} if pid != leader else set()) for pid in here)


def _of_session(leader: int) -> list[int]:
    pids = (int(folder.name) for folder in Path("/proc").glob("[0-9]*"))
    return [pid for pid in pids if _session(pid) == leader]


def _sockets(pid: int) -> int:
    """How many it has, but for its standard input, output and error."""
    with contextlib.suppress(OSError):
        others = (end for end in Path(f"/proc/{pid}/fd").iterdir() if int(end.name) > 2)
        return sum(str(end.readlink()).startswith("socket:") for end in others)
    return 0


def _session(pid: int) -> int:
    with contextlib.suppress(OSError):
        return os.getsid(pid)
    return 0


def _states(pid: int) -> set[str]:
    """The states of its threads, as proc(5) has them."""
    found = set()
    with contextlib.suppress(OSError):
        for stat in Path(f"/proc/{pid}/task").glob("*/stat"):
            found.add(stat.read_text().rpartition(")")[2].split()[0])
    return found


def _marked() -> str:
    """How the marks begin that stand in the environment of the processes that we start, and so of
    all that those start: whoever left its process group is found by it. A worker of ours that was
    forked has marks of its own."""
    return f"{_RUN}-{os.getpid()}"


def kill_marked() -> None:
    """End every process that one of ours has started and that has left its process group."""
    beginning = f"{_marked()}-"
    _kill(lambda mark: mark.startswith(beginning))


def _kill(ours: Callable[[str], bool]) -> None:
    """End the processes whose mark is ours."""
    name = f"{_MARK}=".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        if int(folder.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            told = (folder / "environ").read_bytes().split(b"\0")
            if any(each.startswith(name) and ours(each[len(name) :].decode()) for each in told):
                os.kill(int(folder.name), signal.SIGKILL)
