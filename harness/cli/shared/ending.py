"""How a process ends: by which signal, with which exit code; and what becomes of what it prints
when nobody reads it any more, or it cannot be written."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextvars import ContextVar
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, TextIO, TypeVar

from harness.cli import BAD_INPUT, INTERRUPTED

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

_Ended = TypeVar("_Ended")
PATIENCE_S: Final = 10.0
"""How long what is open may take to be closed, before a further signal ends the process at once."""
HEARD_WITHIN_S: Final = 1.0
"""The longest that the main thread waits at a time. A signal that comes just before it begins to
wait does not wake it, and Python heeds it only then."""
_SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGHUP")
_OF_SIGNALS: Final = 128
"""What shells add to the number of the signal that ended a process."""
_STANDARD: Final = ("stdin", "stdout", "stderr")


class ProcessEnd:
    """How this process is ended from outside, once: by Ctrl-C, SIGTERM or SIGHUP.

    ``unwritten``: why what was printed could not be written, if so. ``cancel``: what ends the work
    at hand; None: it is interrupted where it is.
    """

    def __init__(self) -> None:
        self.unwritten = ""
        self.cancel: Callable[[], object] | None = None
        self._signal = signal.SIGINT
        self._since_s: float | None = None

    def exit_code(self, code: int) -> int:
        """``code``, or what stands for the signal. What could not be printed is told, and no
        success."""
        sys.stdout.flush()
        if self.unwritten:
            print(f"badinbox: cannot write its output: {self.unwritten}", file=sys.stderr)
            code = max(code, BAD_INPUT)
        return _OF_SIGNALS + self._signal if code == INTERRUPTED else code

    def signalled(self, number: int, _frame: FrameType | None) -> None:
        """The first has everything closed, which no further one disturbs for a while."""
        if self._since_s is None:
            self._since_s, self._signal = time.monotonic(), signal.Signals(number)
            if self.cancel is None:
                raise KeyboardInterrupt
            self.cancel()
        elif time.monotonic() - self._since_s > PATIENCE_S:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)


_CURRENT: Final[ContextVar[ProcessEnd | None]] = ContextVar("ending", default=None)


@contextlib.contextmanager
def ending() -> Iterator[ProcessEnd]:
    """Signals end the block as Ctrl-C does; what it prints may fail to arrive, and it goes on for
    its files and its exit code."""
    end = ProcessEnd()
    with contextlib.ExitStack() as stack:
        _be_there()
        stack.enter_context(_patient("stdout", end))
        stack.enter_context(_patient("stderr", end))
        stack.callback(_CURRENT.reset, _CURRENT.set(end))
        # Only the main thread may handle signals.
        if threading.current_thread() is threading.main_thread():
            stack.enter_context(_heeded(end))
        yield end


def until_ended(work: Coroutine[Any, Any, _Ended]) -> _Ended:
    """As `asyncio.run`, but a signal cancels the work once, and then lets it close what is open.
    Raises KeyboardInterrupt where it does not come to an end of its own."""
    import asyncio  # only now: most commands do without

    async def cancelled_by_signals() -> _Ended:
        if end := _CURRENT.get():
            loop, task = asyncio.get_running_loop(), asyncio.current_task()
            assert task
            end.cancel = lambda: loop.call_soon_threadsafe(task.cancel)
            with _woken_by_signals(loop):
                return await work
        return await work

    try:
        return asyncio.run(cancelled_by_signals())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        if end := _CURRENT.get():
            end.cancel = None


def rest(seconds: float) -> None:
    """As `time.sleep`, but no signal is missed."""
    until = time.monotonic() + seconds
    while (left_s := until - time.monotonic()) > 0:
        time.sleep(min(left_s, HEARD_WITHIN_S))


@contextlib.contextmanager
def _woken_by_signals(loop: AbstractEventLoop) -> Iterator[None]:
    """Whatever signal comes can be read by the loop, so that it does not wait on (as it does where
    one comes just before it waits)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    import socket  # only now: most commands do without

    heard, told = socket.socketpair()
    with heard, told:
        for end in (heard, told):
            end.setblocking(False)
        loop.add_reader(heard, heard.recv, 4096)
        before = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            loop.remove_reader(heard)


@contextlib.contextmanager
def _heeded(end: ProcessEnd) -> Iterator[None]:
    before = {}
    for name in _SIGNALS:
        number = getattr(signal, name, None)
        # `nohup` has SIGHUP ignored; a shell SIGINT, for what it starts in the background.
        if number and (name == "SIGINT" or signal.getsignal(number) != signal.SIG_IGN):
            before[number] = signal.signal(number, end.signalled)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _be_there() -> None:
    """A standard stream that was closed leads nowhere: else the next file that is opened would have
    its number, and be printed into."""
    for number, name in enumerate(_STANDARD):
        if getattr(sys, name) is None:
            with contextlib.suppress(OSError):
                os.fstat(number)
                continue  # something else has it already
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))  # noqa: SIM115


@contextlib.contextmanager
def _patient(name: str, end: ProcessEnd) -> Iterator[None]:
    """The stream never fails, and holds whatever is printed: what its encoding lacks is spelled
    out. Only where it is the process's own."""
    stream: TextIO = getattr(sys, name)
    if not isinstance(stream, io.TextIOWrapper):
        yield
        return
    stream.reconfigure(errors="backslashreplace")
    if not isinstance(getattr(stream.buffer, "raw", stream.buffer), io.FileIO):
        yield
        return
    stream.flush()
    patient = _Patient(stream, end)
    setattr(sys, name, patient)
    try:
        yield
    finally:
        patient.close()
        setattr(sys, name, stream)


class _Patient(io.TextIOWrapper):
    """Once whoever read it has left, as `head` does, or there is no room, the rest is dropped.

    What is beneath it is Python's own. If code of ours wrote, a signal could end it after the
    writing and before that is known, and the same would be written once more.
    """

    def __init__(self, stream: io.TextIOWrapper, end: ProcessEnd) -> None:
        super().__init__(
            io.BufferedWriter(io.FileIO(os.dup(stream.fileno()), "wb")),
            encoding=stream.encoding,
            errors="backslashreplace",
            line_buffering=stream.line_buffering,
        )
        self._end = end

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except OSError as error:
            self._drop(error)
        return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            self._drop(error)
            super().flush()

    def _drop(self, error: OSError) -> None:
        if not isinstance(error, BrokenPipeError):
            self._end.unwritten = error.strerror or str(error)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
