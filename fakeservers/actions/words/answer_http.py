"""`http`: an answer of HTTP, of an authorization server or of whatever stands in its place."""

from typing import ClassVar

from pydantic import Field

from fakeservers.actions import BaseAction, Scene
from fakeservers.dialects.http_answer import HttpAnswer
from fakeservers.dialects.template import Words


class PaddedAnswer(HttpAnswer):
    """One whose body may have no end that anybody waits for."""

    padding_bytes: int = Field(default=0, ge=0, le=100_000_000)
    """How many spaces stand behind the body, as a part of it."""

    def content(self, words: Words) -> bytes:
        body = super().content(words)
        return body.ljust(len(body) + self.padding_bytes)


class AnswerHttp(BaseAction):
    """Status, header fields and one body: `json`, `form`, `html` or `text`; the placeholders of
    replies work in them."""

    known_as: ClassVar[tuple[str, ...]] = ("http-answer", "status", "json", "html")
    answers: ClassVar[bool] = True
    http: PaddedAnswer

    async def perform(self, scene: Scene) -> None:
        await scene.connection.write(self.http.encode(scene.words))
