"""From what an authorization server said in place of a token to a scenario in which it does."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from fakeservers.files.patterns import kept_regex
from harness.reproducing.placeholders import Ours, with_placeholders
from harness.scenario.cases import Data

_HEAD: Final = kept_regex(r"\bHTTP/\d(?:\.\d)?\"? ([1-5]\d\d)\b")
_FIELD: Final = kept_regex(r"(?m)^\W{0,2}([A-Za-z][A-Za-z-]+): (.*)$")
_BODY: Final = kept_regex(r"\{.*\}", re.DOTALL)
_TELLING: Final = ("location", "retry-after", "www-authenticate")
"""Header fields that say something of the refusal."""
_LONGEST: Final = 16 * 1024
"""How much of a body a scenario repeats, in characters."""


@dataclass(frozen=True)
class TokenRefusal:
    """An answer of HTTP that gives no token. `headers`: by their names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def lines(self) -> tuple[str, ...]:
        """As the classification reads it."""
        phrase = next((each.phrase for each in HTTPStatus if each == self.status), "")
        head = [f"HTTP/1.1 {self.status} {phrase}".rstrip()]
        head += [f"{name}: {self.headers[name]}" for name in self._told]
        return (*head, "", *self.body.splitlines())

    @property
    def _told(self) -> list[str]:
        return [name for name in _TELLING if name in self.headers]

    def as_action(self, ours: Ours) -> Data:
        """The action that says the same, without what is the customer's."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        headers = {name.title(): with_placeholders(self.headers[name], ours) for name in self._told}
        answer: Data = {"status": self.status}
        body = self.body[:_LONGEST]
        said = _object(body)
        if said is not None:
            answer["json"] = _templates(said, ours)
        elif kind == "text/html":
            answer["html"] = with_placeholders(body, ours)
        elif body:
            answer["text"] = with_placeholders(body, ours)
            headers |= {"Content-Type": kind} if kind not in ("", "text/plain") else {}
        return {"http": {**answer, **({"headers": headers} if headers else {})}}


def refusal_in(lines: Sequence[str]) -> tuple[TokenRefusal, bool] | None:
    """The answer that a log quotes whole, and whether its status is told; RFC 6749's, 400, where it
    is not. None: no JSON with an error is there."""
    text = "\n".join(lines)
    body = _BODY.search(text)
    said = _object(body[0]) if body else None
    if body is None or said is None or not isinstance(said.get("error"), str):
        return None
    head = _HEAD.search(text[: body.start()])
    headers = {name.lower(): value for name, value in _FIELD.findall(text[: body.start()])}
    refusal = TokenRefusal(int(head[1] if head else HTTPStatus.BAD_REQUEST), headers, body[0])
    return refusal, head is not None


def _object(body: str) -> dict[str, Any] | None:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _templates(value: Any, ours: Ours) -> Any:
    """The same value of JSON, its texts as templates."""
    if isinstance(value, str):
        return with_placeholders(value, ours)
    if isinstance(value, dict):
        return {key: _templates(each, ours) for key, each in value.items()}
    return [_templates(each, ours) for each in value] if isinstance(value, list) else value
