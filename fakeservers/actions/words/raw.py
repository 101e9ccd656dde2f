"""`raw`: these bytes and no others, without placeholders or line ends of ours."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, WithJsonSchema

from fakeservers.actions import BaseAction, Scene


def _bytes_only(value: str) -> str:
    try:
        value.encode("latin-1")
    except UnicodeEncodeError as error:
        raise ValueError(f"write bytes as \\xNN, not {value[error.start]!r}") from None
    return value


RawBytes = Annotated[
    str,
    AfterValidator(_bytes_only),
    WithJsonSchema({"type": "string", "pattern": r"^[\u0000-\u00ff]*$"}),
]
"""Bytes as a string of the characters U+0000 to U+00FF."""


class Raw(BaseAction):
    """Sent past TLS when the handshake is not done yet, inside it afterwards."""

    known_as: ClassVar[tuple[str, ...]] = ("bytes", "send-bytes")
    answers: ClassVar[bool] = True
    raw: RawBytes

    async def perform(self, scene: Scene) -> None:
        await scene.connection.write(self.raw.encode("latin-1"))
