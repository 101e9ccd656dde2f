"""The actions a rule may take. A new one is one file here and one row in `ACTIONS`."""

from __future__ import annotations

import difflib
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Tag

from fakeservers.actions.append import Append
from fakeservers.actions.base import BaseAction, Scene
from fakeservers.actions.close import Close
from fakeservers.actions.delay import Delay
from fakeservers.actions.drop_after import DropAfter
from fakeservers.actions.hang import Hang
from fakeservers.actions.raw import Raw
from fakeservers.actions.reply import Reply
from fakeservers.actions.reset import Reset
from fakeservers.actions.slice import Slice
from fakeservers.actions.text import Text
from fakeservers.actions.truncate import Truncate

ACTIONS: dict[str, type[BaseAction]] = {
    "reply": Reply,
    "text": Text,
    "raw": Raw,
    "delay-s": Delay,
    "close": Close,
    "reset": Reset,
    "hang": Hang,
    "truncate": Truncate,
    "slice": Slice,
    "drop-after": DropAfter,
    "append": Append,
}


def _one_action(value: Any) -> Any:
    """A mapping with one known key; a bare word, such as `close`, has no parameters."""
    if isinstance(value, BaseAction):
        return value
    value = {value: True} if isinstance(value, str) else value
    names = list(value) if isinstance(value, dict) else []
    if len(names) == 1 and names[0] in ACTIONS:
        return value
    written = ", ".join(map(str, names)) or repr(value)
    near = difflib.get_close_matches(written, ACTIONS, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"expected one action of {', '.join(ACTIONS)}; not {written}{hint}")


def _tag(value: Any) -> str:
    """The name of the action, so that its mistakes are explained as its own."""
    if isinstance(value, dict):
        return str(next(iter(value)))
    return next(name for name, action in ACTIONS.items() if isinstance(value, action))


Action = Annotated[
    Annotated[Reply, Tag("reply")]
    | Annotated[Text, Tag("text")]
    | Annotated[Raw, Tag("raw")]
    | Annotated[Delay, Tag("delay-s")]
    | Annotated[Close, Tag("close")]
    | Annotated[Reset, Tag("reset")]
    | Annotated[Hang, Tag("hang")]
    | Annotated[Truncate, Tag("truncate")]
    | Annotated[Slice, Tag("slice")]
    | Annotated[DropAfter, Tag("drop-after")]
    | Annotated[Append, Tag("append")],
    Discriminator(_tag),
    BeforeValidator(_one_action),
]

__all__ = ["ACTIONS", "Action", "BaseAction", "Scene"]
