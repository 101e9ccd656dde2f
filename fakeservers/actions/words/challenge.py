"""`challenge`: have the client say one more line, as in a SASL exchange (RFC 4422)."""

import base64
from typing import Annotated, Any, ClassVar

from pydantic import Discriminator, Tag

from fakeservers.actions import BaseAction, Scene
from fakeservers.files.base_model import Spec


class Encoded(Spec):
    """A challenge that goes over the wire in base64, as challenges should."""

    base64: str
    """What is encoded."""


def _form(value: Any) -> str:
    return "challenge" if isinstance(value, dict | Encoded) else "text"


class ChallengeClient(BaseAction):
    """Say `+ ` (IMAP) or `334 ` (SMTP) and this text, and read the line that the client answers.
    What it answers is secret and changes nothing, unless it is `*`: then it has broken the exchange
    off, is told so, and what else the rule has is left out. Only for the events `command`, `login`
    and `continuation`."""

    known_as: ClassVar[tuple[str, ...]] = ("prompt", "continue", "ask")
    listens: ClassVar[bool] = True
    challenge: Annotated[
        Annotated[str, Tag("text")] | Annotated[Encoded, Tag("challenge")], Discriminator(_form)
    ]
    """The text as it stands on the line, or `{base64: text}`."""

    async def perform(self, scene: Scene) -> None:
        text = self.challenge
        if isinstance(text, Encoded):
            text = base64.b64encode(text.base64.encode()).decode()
        if await scene.challenge(text) == b"*":
            await scene.give_up()
