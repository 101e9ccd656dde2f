"""From what an authorization server said in place of a token to a scenario in which it does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from harness.reproducing.placeholders import Ours, with_placeholders
from harness.scenario.cases import Data

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
