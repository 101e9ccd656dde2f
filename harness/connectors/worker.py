"""The worker process of a Python connector: one line of JSON in, one line of JSON out.

Started as a file, by path, so that it works whatever the current folder holds. First line in:
`{"target": "module:callable", "path": [...]}`; every further line: the settings of one check.
Out: `{"ready": true}` or `{"failed": why}` once, then `{"returned": ...}` or `{"raised": why}`.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import os
import sys
import traceback
from collections.abc import Callable
from queue import Queue
from threading import Thread
from typing import IO, Any


def main() -> None:
    requests, answers = _private_streams()
    first = json.loads(requests.readline())
    try:
        call = _load(first["target"], first["path"])
    except BaseException as error:
        _write(answers, {"failed": f"cannot load {first['target']}: {_described(error)}"})
        return
    _write(answers, {"ready": True})
    lines: Queue[str] = Queue()
    Thread(target=_read_on, args=(requests, lines), name="badinbox-requests", daemon=True).start()
    while True:
        _write(answers, _answer(call, lines.get()))


def _read_on(requests: IO[str], lines: Queue[str]) -> None:
    """Pass requests on; when whoever started this process is gone, so is it, check or no check."""
    for line in requests:
        lines.put(line)
    os._exit(0)


def _private_streams() -> tuple[IO[str], IO[str]]:
    """Take stdin and stdout for ourselves: what the connector prints or reads goes elsewhere."""
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, answers


def _load(target: str, path: list[str]) -> Callable[[object], object]:
    sys.path[:] = path
    import harness.contract.settings  # noqa: F401  # ours, before the user's folder comes first

    sys.path.insert(0, os.getcwd())
    module, _, name = target.partition(":")
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    if not callable(found):
        raise TypeError(f"{name} is not callable")
    call: Callable[[object], object] = found
    return call


async def _awaited(result: Any) -> object:
    return await result


def _answer(call: Callable[[object], object], line: str) -> dict[str, object]:
    from harness.contract.settings import ConnectionSettings

    settings = ConnectionSettings.model_validate_json(line)
    try:
        returned = call(settings)
        if inspect.isawaitable(returned):
            returned = asyncio.run(_awaited(returned))
    except BaseException as error:  # also SystemExit: a connector must not end its worker
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next  # without us
        traceback.print_exception(error)
        return {"raised": _described(error)}
    dump = getattr(returned, "model_dump", None)
    return {"returned": dump(mode="json") if callable(dump) else returned}


def _described(error: BaseException) -> str:
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _write(answers: IO[str], message: dict[str, object]) -> None:
    try:
        line = json.dumps(message)
    except (TypeError, ValueError, RecursionError):
        returned = message["returned"]
        line = json.dumps(
            {"unreadable": f"a value of type {type(returned).__name__} that JSON cannot hold"}
        )
    answers.write(line + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
