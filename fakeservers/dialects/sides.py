"""One protocol of a dialect: what it offers, does and says, reply by reply."""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from fakeservers.dialects.behaviour import Behaviour, ImapBehaviour, SmtpBehaviour
from fakeservers.dialects.http_answer import HttpAnswer
from fakeservers.dialects.template import Words, encode
from fakeservers.files.base_model import Spec

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


class AnyReply(Spec):
    """What a server says, in whatever protocol, and how we know."""

    source: str | None = None
    """Where it was seen: an address, a file of a repository at a commit, an RFC, a recording."""
    seen: Seen | None = None
    """Of the source; of a source without a date, when it was read."""
    confidence: Literal["seen", "from-source"] = "seen"
    """Seen in a transcript or bug report, or read in the server's own code or documentation."""

    @property
    def wording(self) -> str:
        """What it says, for those who look for words."""
        raise NotImplementedError

    def encode(self, words: Words) -> bytes:
        """The bytes for the wire. Raises KeyError like `fill`."""
        raise NotImplementedError


class Reply(AnyReply):
    """What a mail server says. `close`: it ends the connection after saying it."""

    text: str
    """One line for each line of the protocol, with placeholders such as {tag}; {{ and }} are
    braces."""
    close: bool | Literal["without-close-notify"] = False
    """Whether the server ends the connection after saying it, and how."""
    encoding: Literal["utf-8", "gbk", "latin-1"] = "utf-8"
    """Of the text on the wire."""

    @property
    def wording(self) -> str:
        return self.text

    def encode(self, words: Words) -> bytes:
        return encode(self.text, words, self.encoding)


class OAuthReply(HttpAnswer, AnyReply):
    """What an authorization server answers, over HTTP (RFC 6749, 5.1 and 5.2)."""


Worded = TypeVar("Worded", bound=AnyReply)
Replies = Mapping[str, Annotated[Reply, BeforeValidator(_text_only)]]
OAuthReplies = Mapping[str, OAuthReply]


class CapabilityLists(Spec):
    """What a server offers in each state; left out where it is not known."""

    before_tls: list[str] | None = None
    """In cleartext, on a port for STARTTLS."""
    before_login: list[str] | None = None
    """Over TLS."""
    after_login: list[str] | None = None
    """IMAP only."""


class AnySide(Spec, Generic[Worded]):
    """One protocol of a dialect, whatever it is."""

    other_words = dict.fromkeys(
        ("replies", "texts", "responses"),
        "write what every server says, such as greeting, below manners, and what it says of "
        "something wrong, such as bad-credentials, below faults",
    )

    manners: Mapping[str, Worded] = Field(default={})
    """What every server must be able to say, by name; what is left out, `plain` says."""
    faults: Mapping[str, Worded] = Field(default={})
    """What the server says when something is wrong, by name."""

    @cached_property
    def replies(self) -> Mapping[str, Worded]:
        """Manners and faults alike, by name, without variants."""
        return {name: r for name, r in {**self.faults, **self.manners}.items() if "@" not in name}

    def worded(self, name: str, circumstances: Iterable[str] = ()) -> Worded | None:
        """The reply of this name in these circumstances, of which the first counts most."""
        variants = (self.manners.get(f"{name}@{each}") for each in circumstances)
        return next(filter(None, variants), None) or self.replies.get(name)

    def over(self, plain: Self) -> Self:
        """This side, with what it lacks taken from `plain`; plain's variants of what the dialect
        words itself are not."""
        return type(self).model_construct(**self._completed(plain))

    def _completed(self, plain: Self) -> dict[str, Any]:
        lacking = {
            n: r for n, r in plain.manners.items() if n.partition("@")[0] not in self.manners
        }
        return {"manners": {**lacking, **self.manners}, "faults": self.faults}


class Side(AnySide[Reply]):
    """One protocol of mail."""

    capabilities: CapabilityLists = CapabilityLists.model_construct()
    """What the server offers, in each state."""
    behaviour: Behaviour = Behaviour.model_construct()
    """What the server does otherwise, rather than says."""
    oauth_challenge: str | None = None
    """RFC 7628, section 3.2.2; for XOAUTH2 each server has its own form of it. `none`: it gives no
    reasons, and refuses a token at once."""
    manners: Replies = Field(default={})
    """What every server must be able to say, by name; what is left out, `plain` says."""
    faults: Replies = Field(default={})
    """What the server says when something is wrong, by name: `<cause>[-at-<where>][-<n>]`."""

    @cached_property
    def farewell(self) -> str | None:
        """The reply, by its name, with which the server ends a connection in the middle because it
        shuts down (`* BYE`, RFC 9051, 7.1.5; 421, RFC 5321, 3.8); None: nobody has seen one."""
        ends = [
            name
            for name, reply in self.replies.items()
            if name.startswith("server-unavailable") and reply.wording.startswith(("* BYE", "421"))
        ]
        return min(ends, key=lambda name: ("greeting" in name, len(name)), default=None)

    @property
    def refusal_challenge(self) -> str | None:
        """What a client whose token is refused is told first; None: nothing."""
        return None if self.oauth_challenge == "none" else self.oauth_challenge or ""

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

    def _completed(self, plain: Self) -> dict[str, Any]:
        own = {state: offered for state, offered in self.capabilities if offered is not None}
        return {
            **super()._completed(plain),
            "capabilities": plain.capabilities.model_copy(update=own),
            "behaviour": self.behaviour.over(plain.behaviour),
            "oauth_challenge": self.oauth_challenge or plain.oauth_challenge,
        }


class ImapSide(Side):
    """With what IMAP servers do."""

    behaviour: ImapBehaviour = ImapBehaviour.model_construct()


class SmtpSide(Side):
    """With what SMTP servers do."""

    behaviour: SmtpBehaviour = SmtpBehaviour.model_construct()


class OAuthSide(AnySide[OAuthReply]):
    """What an authorization server does and says."""

    token_path: str = "/token"
    """Of the token endpoint (RFC 6749, 3.2)."""
    scopes: list[str] = ["https://mail.example.test/"]
    """What a token for mail is asked for."""
    manners: OAuthReplies = Field(default={})
    """What every server must be able to say, by name; what is left out, `plain` says."""
    faults: OAuthReplies = Field(default={})
    """What the server says when something is wrong, by name: `<cause>[-<n>]`."""

    def _completed(self, plain: Self) -> dict[str, Any]:
        """What is its own, and where tokens are asked for and for what, is nobody's to fill in."""
        own = {"token_path": self.token_path, "scopes": self.scopes}
        return {**super()._completed(plain), **own}
