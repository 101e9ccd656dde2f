"""A client of Marionette, by which Mozilla's applications are driven (Firefox Source Docs, "Testing
Marionette"): JSON over TCP, each message behind its length."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import subprocess
import time
from pathlib import Path
from typing import Any, Final

_SCRIPT: Final = (
    "const args = [...arguments]; const done = args.pop();"
    "(async () => {%s})().then((value) => done([value]), (error) => done(`${error}`));"
)
_START_S: Final = 120
_LOOK_S: Final = 0.1
_SCRIPT_S: Final = 300


class Marionette:
    """A session in the windows of an application that was started. Raises OSError where it does
    not listen in time, or has ended."""

    def __init__(self, port: int, application: subprocess.Popen[bytes]) -> None:
        self._socket = _connected(port, application)
        self._received = b""
        self._number = 0
        self._message()
        self._do("WebDriver:NewSession", capabilities={})
        self._do("Marionette:SetContext", value="chrome")
        self._do("WebDriver:SetTimeouts", script=_SCRIPT_S * 1000)

    def run(self, script: str, *arguments: object) -> Any:
        """What the body of an asynchronous function returns, to which `args` is given. Raises
        RuntimeError with what it threw."""
        found = self._do(
            "WebDriver:ExecuteAsyncScript",
            script=_SCRIPT % script,
            args=arguments,
            sandbox="system",
            newSandbox=False,
        )["value"]
        if isinstance(found, str):
            raise RuntimeError(found)
        return found[0]

    def picture(self, file: Path) -> None:
        """The window as it is seen, as PNG."""
        seen = self._do("WebDriver:TakeScreenshot", full=False)["value"]
        file.write_bytes(base64.b64decode(seen))

    def _do(self, command: str, **given: object) -> dict[str, Any]:
        self._number += 1
        text = json.dumps([0, self._number, command, given]).encode()
        self._socket.sendall(b"%d:%s" % (len(text), text))
        _, _, error, result = self._message()
        if error:
            raise RuntimeError(f"{error['error']}: {error['message']}")
        return dict(result)

    def _message(self) -> Any:
        while b":" not in self._received:
            self._more()
        length, _, rest = self._received.partition(b":")
        self._received = rest
        while len(self._received) < int(length):
            self._more()
        text, self._received = self._received[: int(length)], self._received[int(length) :]
        return json.loads(text)

    def _more(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise EOFError("the application has gone")
        self._received += data


def _connected(port: int, application: subprocess.Popen[bytes]) -> socket.socket:
    """It starts, and nothing tells when it listens."""
    end = time.monotonic() + _START_S
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), _SCRIPT_S + 10)
        except OSError:
            if time.monotonic() > end or application.poll() is not None:
                raise
        with contextlib.suppress(subprocess.TimeoutExpired):
            application.wait(_LOOK_S)
