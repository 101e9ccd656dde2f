"""One protocol of a dialect: what it offers, does and says, reply by reply."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from email.utils import formatdate
from functools import cached_property
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from fakeservers import Spec
from fakeservers.dialects.behaviour import Behaviour, ImapBehaviour, SmtpBehaviour
from fakeservers.dialects.template import Words, encode, fill, lacks

_SEEN = r"^\d{4}(-(0[1-9]|1[0-2]))?$"
_SEEN_SCHEMA = {"anyOf": [{"type": "string", "pattern": _SEEN}, {"type": "integer"}]}


def _seen(value: str) -> str:
    if not re.fullmatch(_SEEN, value):
        raise ValueError("expected a year and month, such as 2026-11, or a year")
    return value


Seen = Annotated[str, BeforeValidator(str), AfterValidator(_seen), WithJsonSchema(_SEEN_SCHEMA)]
"""A year, or year and month."""


def _text_only(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


class Reply(Spec):
    """What a server says, and how we know. `close`: it ends the connection after saying it."""

    text: str
    """One line for each line of the protocol, with placeholders such as {tag}; {{ and }} are
    braces."""
    close: bool | Literal["without-close-notify"] = False
    """Whether the server ends the connection after saying it, and how."""
    encoding: Literal["utf-8", "gbk", "latin-1"] = "utf-8"
    """Of the text on the wire."""
    source: str | None = None
    """Where it was seen: an address, a file of a repository at a commit, an RFC, a recording."""
    seen: Seen | None = None
    """Of the source; of a source without a date, when it was read."""
    confidence: Literal["seen", "from-source"] = "seen"
    """Seen in a transcript or bug report, or read in the server's own code or documentation."""

    @property
    def wording(self) -> str:
        """What it says, for those who look for words."""
        return self.text

    def encode(self, words: Words) -> bytes:
        """The bytes for the wire. Raises KeyError like `fill`."""
        return encode(self.text, words, self.encoding)


Replies = Mapping[str, Annotated[Reply, BeforeValidator(_text_only)]]


class CapabilityLists(Spec):
    """What a server offers in each state; left out where it is not known."""

    before_tls: list[str] | None = None
    """In cleartext, on a port for STARTTLS."""
    before_login: list[str] | None = None
    """Over TLS."""
    after_login: list[str] | None = None
    """IMAP only."""


class Side(Spec):
    """One protocol of a dialect."""

    other_words = dict.fromkeys(
        ("replies", "texts", "responses"),
        "write what every server says, such as greeting, below manners, and what it says of "
        "something wrong, such as bad-credentials, below faults",
    )

    capabilities: CapabilityLists = CapabilityLists()
    """What the server offers, in each state."""
    behaviour: Behaviour = Behaviour()
    """What the server does otherwise, rather than says."""
    oauth_challenge: str | None = None
    """RFC 7628, section 3.2.2; for XOAUTH2 each server has its own form of it. `none`: it gives no
    reasons, and refuses a token at once."""
    manners: Replies = Field(default={})
    """What every server must be able to say, by name; what is left out, `plain` says."""
    faults: Replies = Field(default={})
    """What the server says when something is wrong, by name: `<cause>[-at-<where>][-<n>]`."""

    @cached_property
    def replies(self) -> Mapping[str, Reply]:
        """Manners and faults alike, by name, without variants."""
        return {name: r for name, r in {**self.faults, **self.manners}.items() if "@" not in name}

    @property
    def refusal_challenge(self) -> str | None:
        """What a client whose token is refused is told first; None: nothing."""
        return None if self.oauth_challenge == "none" else self.oauth_challenge or ""

    def worded(self, name: str, circumstances: Iterable[str] = ()) -> Reply | None:
        """The reply of this name in these circumstances, of which the first counts most."""
        variants = (self.manners.get(f"{name}@{each}") for each in circumstances)
        return next(filter(None, variants), None) or self.replies.get(name)

    @cached_property
    def mechanisms(self) -> list[str]:
        """The SASL mechanisms offered over TLS, in the order of `AUTH=X` atoms or the AUTH line."""
        offered: list[str] = []
        for line in self.capabilities.before_login or []:
            keyword, *parameters = line.upper().split()
            if keyword == "AUTH":
                offered += parameters
            elif keyword.startswith("AUTH="):
                offered.append(keyword.removeprefix("AUTH="))
        return list(dict.fromkeys(offered))

    def over(self, plain: Self) -> Self:
        """This side, with the manners and capability lists it lacks taken from `plain`; plain's
        variants of what the dialect words itself are not."""
        own = self.capabilities.model_dump(exclude_none=True)
        lacking = {
            n: r for n, r in plain.manners.items() if n.partition("@")[0] not in self.manners
        }
        return type(self)(
            capabilities=plain.capabilities.model_copy(update=own),
            behaviour=self.behaviour.over(plain.behaviour),
            oauth_challenge=self.oauth_challenge or plain.oauth_challenge,
            manners={**lacking, **self.manners},
            faults=self.faults,
        )


class ImapSide(Side):
    """With what IMAP servers do."""

    behaviour: ImapBehaviour = ImapBehaviour()


class SmtpSide(Side):
    """With what SMTP servers do."""

    behaviour: SmtpBehaviour = SmtpBehaviour()


class OAuthReply(Reply):
    """What an authorization server answers, over HTTP (RFC 6749, 5.1 and 5.2)."""

    text: str = ""
    """The body as it is, such as a page of HTML; left out: `json` is the body."""
    status: int = Field(default=400, ge=200, le=599)
    """The status code (RFC 9110, 15)."""
    body: dict[str, Any] = Field(default={}, alias="json")
    """The body as JSON; placeholders work in its strings, and `{expires_in}` is a number."""
    headers: dict[str, str] = {}
    """More header fields, such as Retry-After; Content-Type, unless it is the usual one."""

    @property
    def wording(self) -> str:
        return self.text or json.dumps(self.body)

    def encode(self, words: Words) -> bytes:
        """The whole response. Raises KeyError like `fill`."""
        text = fill(self.text, words) if self.text else json.dumps(_filled(self.body, words))
        body = text.encode()
        usual = "text/html; charset=utf-8" if self.text else "application/json; charset=utf-8"
        fields = {
            "Content-Type": usual,
            "Cache-Control": "no-store",
            "Date": formatdate(usegmt=True),
            "Content-Length": str(len(body)),
            "Connection": "close",
            **{name: fill(value, words) for name, value in self.headers.items()},
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        phrase = next((each.phrase for each in HTTPStatus if each == self.status), "")
        return f"HTTP/1.1 {self.status} {phrase}\r\n{head}\r\n".encode() + body


_SECONDS: Final = "{expires_in}"
"""Stands in JSON for a number."""


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


OAuthReplies = Mapping[str, OAuthReply]


class OAuthSide(Side):
    """What an authorization server does and says."""

    token_path: str = "/token"
    """Of the token endpoint (RFC 6749, 3.2)."""
    scopes: list[str] = ["https://mail.example.test/"]
    """What a token for mail is asked for."""
    manners: OAuthReplies = Field(default={})
    """What every server must be able to say, by name; what is left out, `plain` says."""
    faults: OAuthReplies = Field(default={})
    """What the server says when something is wrong, by name: `<cause>[-<n>]`."""

    def over(self, plain: Self) -> Self:
        """As any side; where tokens are asked for and for what is its own."""
        own = {"token_path": self.token_path, "scopes": self.scopes}
        return super().over(plain).model_copy(update=own)
