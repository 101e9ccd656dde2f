"""An answer of HTTP (RFC 9112), as the dialects' authorization servers and rules give it."""

import itertools
import json
from collections.abc import Iterator, Mapping
from email.utils import formatdate
from http import HTTPStatus
from typing import Any, Final, Self
from urllib.parse import urlencode

from pydantic import Field, model_validator

from fakeservers.dialects.template import Words, fill, lacks, wrong_braces
from fakeservers.files.base_model import Spec
from fakeservers.files.patterns import kept_regex

_FIELD_NAME: Final = kept_regex(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""RFC 9110, section 5.1."""
_OURS: Final = frozenset({"content-length", "connection", "transfer-encoding"})
_CHARSET: Final = "; charset=utf-8"
_USUAL: Final[Mapping[str, str]] = {
    "body": f"application/json{_CHARSET}",
    "form": "application/x-www-form-urlencoded",
    "html": f"text/html{_CHARSET}",
    "text": f"text/plain{_CHARSET}",
}
"""Of each kind of body, its Content-Type."""
_SECONDS: Final = "{expires_in}"
"""Stands in JSON for a number."""


class HttpAnswer(Spec):
    """A whole answer, of one body at most; placeholders work in the body and in header fields."""

    status: int = Field(default=400, ge=200, le=599)
    """The status code (RFC 9110, 15)."""
    body: dict[str, Any] | None = Field(default=None, alias="json")
    """The body as JSON; placeholders work in its strings, and `{expires_in}` is a number."""
    form: dict[str, str] | None = None
    """The body as a form (`application/x-www-form-urlencoded`), field by field."""
    html: str | None = None
    """The body as a page of HTML."""
    text: str | None = None
    """The body as plain text, or as whatever `headers` say that it is."""
    headers: dict[str, str] = {}
    """More header fields, such as Retry-After; Content-Type, unless it is the usual one."""

    @model_validator(mode="after")
    def _of_one_body(self) -> Self:
        if len(self._given) > 1:
            names = " and ".join(_written(name) for name in self._given)
            raise ValueError(f"an answer has one body, not {names}")
        return self

    @property
    def _given(self) -> list[str]:
        return [name for name in _USUAL if getattr(self, name) is not None]

    @property
    def wording(self) -> str:
        """What the body says, for those who look for words."""
        return self.html or self.text or json.dumps(self.body or self.form or {})

    def encode(self, words: Words) -> bytes:
        """The whole answer. Raises KeyError like `fill`."""
        body = self.content(words)
        fields = {
            **({"Content-Type": _USUAL[self._given[0]]} if self._given else {}),
            "Cache-Control": "no-store",
            "Date": formatdate(usegmt=True),
            "Content-Length": str(len(body)),
            "Connection": "close",
            **{name: fill(value, words) for name, value in self.headers.items()},
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        phrase = next((each.phrase for each in HTTPStatus if each == self.status), "")
        return f"HTTP/1.1 {self.status} {phrase}\r\n{head}\r\n".encode() + body

    def content(self, words: Words) -> bytes:
        """The body. Raises KeyError like `fill`."""
        if self.body is not None:
            return json.dumps(_filled(self.body, words)).encode()
        if self.form is not None:
            return urlencode(_filled(self.form, words)).encode()
        return fill(self.html or self.text or "", words).encode()


def wrong_in_answer(answer: HttpAnswer) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is wrong with its texts: at which key, and what."""
    for field, value in answer.headers.items():
        if not _FIELD_NAME.fullmatch(field) or field.lower() in _OURS:
            what = f"{field!r} is no name of a header field, or of one that is there"
            yield ("headers", field), what
        if not value.isprintable():
            yield ("headers", field), "the value of a header field is one line"
    for name in (*_USUAL, "headers"):
        for wrong in itertools.chain(*map(wrong_braces, _strings(getattr(answer, name)))):
            yield (_written(name),), wrong


def _written(name: str) -> str:
    return "json" if name == "body" else name


def _filled(value: Any, words: Words) -> Any:
    """The value, its strings filled in, and without what wants a word that is None."""
    if isinstance(value, str):
        return int(fill(value, words) or 0) if value == _SECONDS else fill(value, words)
    if isinstance(value, dict):
        return {
            key: _filled(each, words)
            for key, each in value.items()
            if not (isinstance(each, str) and lacks(each, words))
        }
    return [_filled(each, words) for each in value] if isinstance(value, list) else value


def _strings(value: Any) -> Iterator[str]:
    """All the texts in a value of JSON, without the names of its keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each)
