"""The actions that a rule may take. A new one is one file in this folder, or in `words` where it
says something: a subclass of `BaseAction`, whose first field is the action's name in YAML and holds
its parameter."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Protocol, Union

from pydantic import BeforeValidator, Discriminator, Tag

from fakeservers.dialects.template import Words
from fakeservers.files.base_model import Spec, kebab
from fakeservers.near import near
from fakeservers.wire.connection import Connection


class Scene(Protocol):
    """Where an action is performed: the connection, and the words that its texts may use."""

    @property
    def connection(self) -> Connection: ...

    async def say(self, name: str) -> None:
        """Write a named reply of the dialect; one that closes ends the connection."""

    @property
    def words(self) -> Words:
        """What stands for each placeholder."""

    def fill(self, text: str) -> bytes:
        """The text as bytes, its placeholders filled in, each line ended by CRLF."""

    async def challenge(self, text: str) -> bytes:
        """Say that it is the client's turn, with this text; what it answers, without its end."""

    async def give_up(self) -> None:
        """Say that the client has broken the exchange off. Always raises Answered."""


class Answered(Exception):
    """The client got its answer in the middle of the actions: the others are left out."""


class BaseAction(Spec):
    """One thing a fault does. `answers` says that the client got its answer: nothing more is said
    for this event. An action that ends the connection raises `ConnectionClosed`."""

    answers: ClassVar[bool] = False
    ends: ClassVar[bool] = False
    """Whether nothing can happen on the connection after this action."""
    known_as: ClassVar[tuple[str, ...]] = ()
    """Other words that people write for it; they are told which one it is here."""
    listens: ClassVar[bool] = False
    """Whether it waits for the client: only in the middle of a command, as one that logs in."""

    async def perform(self, scene: Scene) -> None:
        """Do it. Raises ConnectionClosed where the connection is over afterwards, Answered."""
        raise NotImplementedError


def _found() -> Iterator[tuple[str, type[BaseAction]]]:
    """The actions of all files in this folder and below, by the name of their first field."""
    for file in pkgutil.walk_packages(__path__, f"{__name__}."):
        importlib.import_module(file.name)
    for action in BaseAction.__subclasses__():
        yield kebab(next(iter(action.model_fields))), action


ACTIONS: Final = dict(sorted(_found()))
"""Every action by its name in YAML."""


def _one_action(value: Any) -> Any:
    """A mapping with one known key; a bare word, such as `close`, has no parameters."""
    if isinstance(value, BaseAction):
        return value
    if isinstance(value, str) and " " in value.strip():
        raise ValueError("expected an action; for words of the server write {text: '…'}")
    value = {value: True} if isinstance(value, str) else value
    names = list(value) if isinstance(value, dict) else []
    if len(names) == 1 and names[0] in ACTIONS:
        return value
    if len(names) > 1 and all(name in ACTIONS for name in names):
        listed = ", ".join(f"{{{name}: …}}" for name in names)
        raise ValueError(f"several actions are a list, each with its own '- ': [{listed}]")
    written = ", ".join(map(str, names)) or repr(value)
    other = {word: name for name, action in ACTIONS.items() for word in action.known_as}
    meant = [other[written]] if written in other else near(written, ACTIONS)
    hint = f"; did you mean {' or '.join(map(repr, meant))}?" if meant else ""
    raise ValueError(f"expected one action of {', '.join(ACTIONS)}; not {written}{hint}")


def _tag(value: Any) -> str:
    """The name of the action, so that its mistakes are explained as its own."""
    if isinstance(value, dict):
        return str(next(iter(value)))
    return next(name for name, action in ACTIONS.items() if isinstance(value, action))


if TYPE_CHECKING:
    Action = BaseAction
else:
    Action = Annotated[
        Union[*(Annotated[action, Tag(name)] for name, action in ACTIONS.items())],
        Discriminator(_tag),
        BeforeValidator(_one_action),
    ]
