"""A connector's process: started in a group of its own, asked by lines, killed with all it started.

What it prints on standard error is drained, as a full pipe would stop it, and its end is kept. A
pool has those that stay between checks: one check at a time each; what is lost is replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from harness.connectors.connector import LONGEST_ANSWER
from harness.contract.answer import Answer, NoAnswer, Output

KEPT_OUTPUT: Final = 2000
"""Characters of standard error."""
LAST_WORDS_S: Final = 1.0
"""How long the last output of a process that has ended is waited for."""
MARK: Final = f"BADINBOX_RUN={secrets.token_hex(16)}"
"""In the environment of every process that we start, and so of all that those start: whoever left
its process group is found by it."""


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


class ConnectorProcess:
    """One process of a connector."""

    def __init__(self, transport: asyncio.SubprocessTransport, protocol: _Protocol) -> None:
        loop = asyncio.get_running_loop()
        self._process = asyncio.subprocess.Process(transport, protocol, loop)
        self._transport = transport
        self._exited = protocol.exited
        self._stderr = b""
        self._draining = asyncio.create_task(self._drain())

    @classmethod
    async def start(cls, command: Sequence[str], environment: Environment) -> ConnectorProcess:
        """Start it. Raises `Lost` where there is nothing to start."""
        name, _, value = MARK.partition("=")
        try:
            started = await asyncio.get_running_loop().subprocess_exec(
                _Protocol,
                *command,
                start_new_session=True,  # a group of its own: its children are killed with it
                env={**os.environ, **environment, name: value},
            )
        except OSError as error:
            raise Lost(f"cannot start {command[0]}: {error.strerror}") from None
        return cls(*started)

    @property
    def output(self) -> Output:
        """What there is so far."""
        printed = self._stderr.decode("utf-8", errors="replace").strip()
        return Output(self._process.returncode, printed)

    def forget_output(self) -> None:
        """What is printed from now on belongs to another check."""
        self._stderr = b""

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
            raise Lost(await self._how_it_ended())
        return answer

    async def ask_once(self, line: bytes) -> bytes:
        """Send one line and no more; all that it prints until it ends. Raises `Lost`."""
        assert self._process.stdin is not None
        with contextlib.suppress(ConnectionError):  # it need not read what it is told
            self._process.stdin.write(line)
            await self._process.stdin.drain()
            self._process.stdin.close()
        reading = asyncio.create_task(self._read_all())
        ending = asyncio.create_task(self._exited.wait())
        try:
            await asyncio.wait([reading, ending], return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                reading.result()  # raises where it was too much
            await ending
            # Children that it left may hold its standard output open.
            self._kill_group()
            await asyncio.wait([reading], timeout=LAST_WORDS_S)
            if not reading.done():
                kill_marked()
            await asyncio.wait([self._draining], timeout=LAST_WORDS_S)
            return await reading
        finally:
            for task in (reading, ending):
                task.cancel()
            await asyncio.gather(reading, ending, return_exceptions=True)

    async def _read_all(self) -> bytes:
        assert self._process.stdout is not None
        parts, size = [], 0
        while chunk := await self._process.stdout.read(65536):
            parts.append(chunk)
            size += len(chunk)
            if size > LONGEST_ANSWER:
                raise Lost(f"its answer is longer than {LONGEST_ANSWER} bytes")
        return b"".join(parts)

    async def kill(self) -> None:
        """End it and its children. Idempotent."""
        self._kill_group()
        await self._exited.wait()
        self._draining.cancel()
        await asyncio.gather(self._draining, return_exceptions=True)
        # Nothing else closes the pipes of a killed process before the garbage collector does.
        self._transport.close()

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def _drain(self) -> None:
        assert self._process.stderr is not None
        while chunk := await self._process.stderr.read(65536):
            self._stderr = (self._stderr + chunk)[-KEPT_OUTPUT:]

    async def _how_it_ended(self) -> str:
        await self._exited.wait()
        await asyncio.wait([self._draining], timeout=LAST_WORDS_S)
        return ended(self.output)


def ended(output: Output) -> str:
    """How a process that has ended did so, in words."""
    code = output.exit_code or 0
    how = f"signal {-code}" if code < 0 else f"exit status {code}"
    last = f"; last printed: {output.stderr.splitlines()[-1]}" if output.stderr else ""
    return f"its process ended with {how}{last}"


def kill_marked() -> None:
    """End every process that one of ours has started and that has left its process group."""
    for folder in Path("/proc").glob("[0-9]*"):
        if int(folder.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if MARK.encode() in (folder / "environ").read_bytes().split(b"\0"):
                os.kill(int(folder.name), signal.SIGKILL)


Start = Callable[[Environment], Awaitable[ConnectorProcess]]
Read = Callable[[bytes, Output], Answer]


class Pool:
    """As many processes as there are checks at a time.

    `start` starts one; it raises `Lost`, or TimeoutError. `forgiving`: one whose answer is none is
    asked again; else it may be out of step, and is replaced.
    """

    def __init__(self, start: Start, *, forgiving: bool) -> None:
        self._start = start
        self._forgiving = forgiving
        self._idle: list[tuple[Environment, ConnectorProcess]] = []
        self._all: set[ConnectorProcess] = set()

    async def prepare(self, environment: Environment) -> None:
        """Have one ready. Raises as `start` does."""
        self._idle.append((environment, await self._process(environment)))

    async def ask(
        self, line: bytes, environment: Environment, deadline_s: float, read: Read
    ) -> Answer:
        """Ask a process that has this environment; `read` makes an answer of its line."""
        try:
            process = await self._process(environment)
        except (Lost, TimeoutError) as lost:
            return NoAnswer("crashed", f"the connector could not be started: {lost!s}")
        answer: Answer | None = None
        try:
            async with asyncio.timeout(deadline_s):
                said = await process.ask(line)
            answer = read(said, process.output)
            return answer
        except Lost as lost:
            return NoAnswer("crashed", f"the connector crashed: {lost}", process.output)
        except TimeoutError:
            why = f"no answer within {deadline_s:g} s; it was killed"
            return NoAnswer("timed-out", why, process.output)
        finally:
            if answer is None or (isinstance(answer, NoAnswer) and not self._forgiving):
                await self._remove(process)
            else:
                self._idle.append((environment, process))

    async def close(self) -> None:
        """End all of them, and what they have left running. Idempotent."""
        for process in list(self._all):
            await self._remove(process)
        self._idle.clear()
        kill_marked()

    async def _process(self, environment: Environment) -> ConnectorProcess:
        fitting = next((each for each in self._idle if each[0] == environment), None)
        if fitting:
            self._idle.remove(fitting)
            fitting[1].forget_output()
            return fitting[1]
        process = await self._start(environment)
        self._all.add(process)
        return process

    async def _remove(self, process: ConnectorProcess) -> None:
        await process.kill()
        self._all.discard(process)
