"""The worker process of a Python connector: one line of JSON in, one line of JSON out.

Started as a file, by path, so that it works whatever the current folder holds. First line in:
`{"target": "module:callable", "path": [...]}`; every further line: the settings of one check.
Out: `{"ready": true}` or `{"failed": why}` once, then `{"returned": ...}` or `{"raised": why}`.
With `"stay": true` in the first line it has one life: the settings once, then orders; states out.
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
        fits = not first["stay"] or "orders" in inspect.signature(call).parameters
    except BaseException as error:
        _write(answers, {"failed": f"cannot load {first['target']}: {_described(error)}"})
        return
    if not fits:
        _write(answers, {"failed": f"{first['target']} has no parameter `orders`: it cannot stay"})
        return
    _write(answers, {"ready": True})
    if first["stay"]:
        asyncio.run(_live(call, requests, answers))
        return
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


class _Orders:
    """What it is told, until it is told to stop. Who waits for the next may be cancelled."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[Any] = asyncio.Queue()
        self._stopped = False

    def __aiter__(self) -> _Orders:
        return self

    async def __anext__(self) -> object:
        if self._stopped:
            raise StopAsyncIteration
        order = await self.told.get()
        self._stopped = order.stop is not None
        return order


async def _live(call: Callable[..., Any], requests: IO[str], answers: IO[str]) -> None:
    """Write what it yields. What it raises ends the process."""
    from harness.contract.settings import ConnectionSettings
    from harness.contract.staying import Pace

    asked = json.loads(requests.readline())
    typed = {key: asked[key] for key in ConnectionSettings.model_fields}
    settings, pace = ConnectionSettings.model_validate(typed), Pace.model_validate(asked["pace"])
    orders, loop = _Orders(), asyncio.get_running_loop()
    Thread(target=_pass_on, args=(requests, orders, loop), name="orders", daemon=True).start()
    states = call(settings, pace=pace, orders=orders)
    if inspect.isawaitable(states):
        states = await states
    if not hasattr(states, "__aiter__"):
        kind = type(states).__name__
        raise TypeError(f"it returned a value of type {kind}; expected an async iterator of states")
    said: Any = None
    async for said in states:
        said = said.model_dump(mode="json") if hasattr(said, "model_dump") else said
        answers.write(json.dumps(said) + "\n")
        answers.flush()
    if not (isinstance(said, dict) and said.get("state") == "stopped"):
        _write(answers, {"state": "stopped"})


def _pass_on(requests: IO[str], orders: _Orders, loop: asyncio.AbstractEventLoop) -> None:
    """Pass orders on; when whoever started this process is gone, so is it."""
    from harness.contract.staying import Order

    order = Order(stop=True)
    for line in requests:
        order = Order.model_validate_json(line)
        loop.call_soon_threadsafe(orders.told.put_nowait, order)
    if order.stop is None:
        os._exit(0)


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
