"""What a service manager does for a program, and what badinbox asks of a connector that stays.

    python3 examples/staying/shared/manager.py [--sends COMMAND] PROGRAM ARGUMENT…

The program is given its settings, one line of JSON, on its standard input, and writes states on its
standard output. When it ends it is started again, as systemd does with `Restart=always`: after
`retry_first_s`, then after waits that double up to `retry_longest_s` (`RestartSec=`,
`RestartSteps=`, `RestartMaxDelaySec=` of systemd.service), from the beginning once it was
connected. New settings: it is ended, and started with them.

What is to go out is handed to the command once, one at a time: it is given the settings, with the
message as `send`, says `sent` or `failing`, and ends. Nothing that failed is tried again.

A product whose lines are a log is a `Program` of its own, given to `serve`.
"""

import asyncio
import contextlib
import json
import shlex
import shutil
import signal
import sys
import tempfile
from pathlib import Path

GRACE_S = 2.0
"""How long a program has to end once it was asked to."""
LOOK_S = 0.1
"""From one look at what a program has delivered to the next."""


class Program:
    """A program that writes states itself. `every_s`: it is no daemon, but is run again and again,
    as cron or a systemd timer does, at this interval whatever comes of it; None: it is a daemon."""

    every_s = None

    def __init__(self, command=()):
        self._command = list(command)

    def start(self, settings, folder):
        """Prepare it; the command that runs it. `folder` is kept over restarts."""
        return self._command

    def heard(self, line):
        """The states that a line of its output is."""
        if line.startswith("{"):
            yield json.loads(line)

    def complained(self, line):
        """The states that a line of its standard error is."""
        return ()

    def delivered(self):
        """The Message-IDs that it has delivered since the last look."""
        return ()

    def ended(self, code, last):
        """The states that its end is: its exit code, the last line of its standard error."""
        yield failing("unclassified", f"ended with {code}: {last}")


def failing(error, message, retry_at_s=None):
    state = {"state": "failing", "error": error, "message": message}
    return state if retry_at_s is None else {**state, "retry_at_s": retry_at_s}


def message_id(content):
    """The Message-ID of a message's bytes, with its brackets; empty: it has none."""
    import email

    return str(email.message_from_bytes(content).get("Message-ID", "")).strip()


class Maildir:
    """A Maildir that a product delivers to: what has come since the last look."""

    def __init__(self, path):
        self._folders = [Path(path, name) for name in ("new", "cur")]
        for folder in (*self._folders, Path(path, "tmp")):
            folder.mkdir(parents=True, exist_ok=True)
        self._known = set()

    def news(self):
        for file in sorted(file for folder in self._folders for file in folder.iterdir()):
            name = file.name.partition(":")[0]
            if name not in self._known:
                self._known.add(name)
                with contextlib.suppress(FileNotFoundError):
                    yield message_id(file.read_bytes())


class Manager:
    def __init__(self, program, sender):
        self._program = program
        self._sender = sender
        self._sending = set()
        self._one_at_a_time = asyncio.Lock()
        self._unsent = None
        """Why the last message could not be sent."""
        self._folder = tempfile.mkdtemp(prefix="staying-")
        self._process = None
        self._last = ""
        self._was_connected = False
        self._view = ""
        """What was last said of being connected since the program was started."""
        self._wait_s = 0.0

    async def run(self):
        stdin = asyncio.StreamReader(limit=2**20)
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
        settings = json.loads(await stdin.readline())
        running = asyncio.create_task(self._keep_running(settings))
        loop.add_signal_handler(signal.SIGTERM, running.cancel)
        try:
            while line := await stdin.readline():
                order = json.loads(line)
                if order.get("stop"):
                    break
                if order.get("send"):
                    sending = asyncio.create_task(self._send(settings, order["send"]))
                    self._sending.add(sending)
                    sending.add_done_callback(self._sending.discard)
                if order.get("settings"):
                    await self._end(running)
                    settings |= order["settings"]
                    self._view, self._wait_s, self._unsent = "", 0.0, None
                    running = asyncio.create_task(self._keep_running(settings))
            for each in (running, *self._sending):
                await self._end(each)
            _write({"state": "stopped"})
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    async def _end(self, task):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def _send(self, settings, message):
        pipe = asyncio.subprocess.PIPE
        async with self._one_at_a_time:
            process = await asyncio.create_subprocess_exec(*self._sender, stdin=pipe, stdout=pipe)
            try:
                asked = json.dumps({**settings, "send": message}).encode() + b"\n"
                said, _ = await process.communicate(asked)
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        silent = failing("unclassified", f"ended with {process.returncode}")
        for state in [*map(json.loads, said.splitlines())] or [silent]:
            _write(state)
            was_unsent = self._unsent
            self._unsent = state if state["state"] == "failing" else None
            if was_unsent and not self._unsent and self._view == "connected":
                _write({"state": "connected"})

    async def _keep_running(self, settings):
        pace = settings["pace"]
        while True:
            code = await self._run_once(settings)
            wait_s = self._next_wait(pace)
            self._say(self._program.ended(code, self._last), wait_s)
            if self._program.every_s is None:
                self._view = ""
            await asyncio.sleep(wait_s)

    def _next_wait(self, pace):
        if self._program.every_s is not None:
            return self._program.every_s
        self._wait_s = min(self._wait_s * 2 or pace["retry_first_s"], pace["retry_longest_s"])
        return self._wait_s

    async def _run_once(self, settings):
        command = self._program.start(settings, self._folder)
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, stderr=pipe, limit=2**20
        )
        looking = asyncio.create_task(self._look())
        try:
            self._process.stdin.write(json.dumps(settings).encode() + b"\n")
            await asyncio.gather(self._hear(), self._hear_complaints())
            return await self._process.wait()
        finally:
            looking.cancel()
            await self._stop_process()
            self._deliver()

    async def _stop_process(self):
        if self._process.returncode is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), GRACE_S)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()

    async def _hear(self):
        while line := await self._process.stdout.readline():
            self._say(self._program.heard(_text(line)))

    async def _hear_complaints(self):
        while line := await self._process.stderr.readline():
            text = _text(line)
            self._last = text or self._last
            self._say(self._program.complained(text))
            print(text, file=sys.stderr, flush=True)

    async def _look(self):
        while True:
            await asyncio.sleep(LOOK_S)
            self._deliver()

    def _deliver(self):
        ids = filter(None, self._program.delivered())
        self._say({"state": "message", "message_id": each} for each in ids)

    def _say(self, states, wait_s=None):
        """Say what has changed. `wait_s`: they are those of its end, after which it is waited so
        long; a daemon may have told before why it fails. What comes in before it is connected for
        the first time was there before."""
        for state in states:
            name = state["state"]
            if name == "message" and not self._was_connected:
                continue
            if name == "connected":
                self._deliver()
                if self._view == "connected":
                    continue
                self._was_connected, self._wait_s = True, 0.0
                state = self._unsent or state  # what could not be sent has not gone out yet
            if name == "failing" and wait_s is not None:
                if self._view == "failing" and self._program.every_s is None:
                    continue
                state = {**state, "retry_at_s": wait_s}
            if name != "message":
                self._view = name
            _write(state)


def _text(line):
    return line.decode("utf-8", "replace").rstrip()


def _write(state):
    print(json.dumps(state), flush=True)


def serve(program, sender=()):
    """Run it until badinbox says stop. `sender`: the command that sends."""
    with contextlib.suppress(asyncio.CancelledError, BrokenPipeError):
        asyncio.run(Manager(program, sender).run())


if __name__ == "__main__":
    command = sys.argv[1:]
    sender = shlex.split(command[1]) if command[0] == "--sends" else ()
    serve(Program(command[2:] if sender else command), sender)
