"""How one provider or server software words IMAP and SMTP, and how its authorization server answers
over HTTP: replies by name, read from YAML.

`dialects/<name>.yaml` has a side for each protocol it knows, for a provider also its `names`, the
`help` pages and the `settings` that its customers type, see `Dialect`. Each side has these parts:

capabilities
    `before-tls`, `before-login`, `after-login`, in the real server's own order. IMAP: capability
    names. SMTP: EHLO keyword lines, `AUTH` with its mechanisms among them.
manners
    What every server must be able to say, to behave. The dialect `plain` has them all, and thereby
    defines which names there are; where another dialect lacks one, plain's is used. A manner that
    is worded otherwise in some circumstance has a variant for it, `<name>@<circumstance>`: one of
    CIRCUMSTANCES, or a command, as in `ok@LIST`. The command counts before `after-login`.
behaviour
    What servers do differently rather than say differently; see `fakeservers.dialects.behaviour`.
oauth-challenge
    The JSON that tells an OAuth client why its token is refused; `none`: it is not told.
token-path, scopes
    Of an authorization server: where tokens are asked for, and for what.
faults
    What a server says when something is wrong. A fault that a dialect has no known text for is
    absent, never invented, and never borrowed from `plain`.

A fault is named `<cause>[-at-<where>][-<n>]`. The cause is an id of the taxonomy, such as
`too-many-connections`. Where is one of greeting, ehlo, starttls, login, mail, rcpt, data,
end-of-data, confirm (IMAP: SELECT and what comes before it). Left out, it is where the cause
belongs most naturally: at the log-in for all that can happen there; else at SELECT (IMAP); at MAIL
what blames the sender, at RCPT the recipient, at the end of the data the message and the quota
(SMTP). A number tells further wordings of the same fault apart, from 2 on.

A text has one line per protocol line; only the PLACEHOLDERS are replaced, and a line that wants
what there is none of (the first unseen message, where all are seen) is left out. Where
`{capabilities}` stands in a greeting or in an answer to a log-in, the real server lists its
capabilities there.
`ehlo-ok` is the first line of a multi-line reply only: the EHLO keywords follow it.
"""

import re
from collections.abc import Iterable
from functools import cache, cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Any, Literal, overload

import pydantic
from pydantic import AfterValidator, Field, ValidationError

from fakeservers.dialects.sides import (
    AnyReply,
    AnySide,
    ImapSide,
    OAuthReply,
    OAuthSide,
    Reply,
    Seen,
    Side,
    SmtpSide,
)
from fakeservers.dialects.soundness import unsound
from fakeservers.dialects.template import DialectProtocol
from fakeservers.files.base_model import Spec
from fakeservers.files.kept import kept
from fakeservers.near import near
from fakeservers.security import TypedSecurity

DIALECTS = Path(__file__).parent
_OURS = DIALECTS.parent
_PLAIN = "plain"

_DOMAIN = r"^[a-z0-9-]+(\.[a-z0-9-]+)+$"


def _domain(value: str) -> str:
    if not re.fullmatch(_DOMAIN, value):
        raise ValueError("expected a name in small letters, such as imap.acme.example; no port")
    return value


Domain = Annotated[str, AfterValidator(_domain), Field(json_schema_extra={"pattern": _DOMAIN})]


class UnknownName(LookupError):
    """Nothing goes by this `name`; `known` are the names there are."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        self.name = name
        self.known = sorted(known)
        meant = near(name, self.known)
        hint = f"; did you mean {meant[0]!r}?" if meant else "."
        listed = ", ".join(self.known) or "none"
        super().__init__(f"no {what} is called {name!r}{hint} There are: {listed}")


class BadDialect(ValueError):
    """The file of a dialect cannot be used. `file`: where it is."""

    def __init__(self, file: Path, wrong: str) -> None:
        self.file = file
        where = f"dialects/{file.name}" if file.parent == DIALECTS else file
        super().__init__(f"{where}: {wrong}")


class ServerAddress(Spec):
    """One server, and how a connection to it is secured (RFC 8314)."""

    host: Domain
    """The name of the server, without a port."""
    port: int = Field(ge=1, le=65535)
    """Its port, 1 to 65535."""
    security: TypedSecurity
    """How the connection is secured."""


class MailSettings(Spec):
    """The servers of the addresses in these domains, and how we know them."""

    source: str
    """Where the provider says so."""
    seen: Seen
    """When it said so: a year and month."""
    domains: list[Domain] = Field(min_length=1)
    """Those of the addresses that these servers are for."""
    imap: ServerAddress
    """The IMAP server."""
    smtp: ServerAddress
    """The SMTP server for submission."""


class Dialect(Spec):
    """How one provider or server software words the standards."""

    name: str
    """That of its file; it is not written."""
    title: str
    """What the provider or the server software is called."""
    names: list[str] = Field(default=[])
    """What people call it besides its name and its domains, in small letters."""
    source: str | None = None
    """Where a reply without a source of its own comes from."""
    help: dict[str, str] = Field(default={})
    """The provider's help page for an advice, by the id of the advice."""
    settings: list[MailSettings] = Field(default=[])
    """What its customers type; only where it is a provider with addresses of its own."""
    imap: ImapSide | None = None
    """How it words IMAP; left out: as `plain`."""
    smtp: SmtpSide | None = None
    """How it words SMTP; left out: as `plain`."""
    oauth: OAuthSide | None = None
    """How its authorization server answers; left out: as `plain`."""

    @cached_property
    def _complete(self) -> dict[DialectProtocol, AnySide[Any]]:
        own: dict[DialectProtocol, AnySide[Any]] = {
            "imap": self.imap or ImapSide.model_construct(),
            "smtp": self.smtp or SmtpSide.model_construct(),
            "oauth": self.oauth or OAuthSide.model_construct(),
        }
        if self.name == _PLAIN:
            return own
        plain = load_dialect(_PLAIN)
        return {protocol: side.over(plain.side(protocol)) for protocol, side in own.items()}

    @overload
    def side(self, protocol: Literal["imap"]) -> ImapSide: ...
    @overload
    def side(self, protocol: Literal["smtp"]) -> SmtpSide: ...
    @overload
    def side(self, protocol: Literal["oauth"]) -> OAuthSide: ...
    @overload
    def side(self, protocol: Literal["imap", "smtp"]) -> Side: ...
    @overload
    def side(self, protocol: DialectProtocol) -> AnySide[Any]: ...
    def side(self, protocol: DialectProtocol) -> AnySide[Any]:
        """The dialect's side of a protocol, complete: its gaps are filled from `plain`."""
        return self._complete[protocol]

    def knows(self, protocol: DialectProtocol, name: str) -> bool:
        """Whether `reply` has an answer."""
        return name in self.side(protocol).replies

    @overload
    def reply(
        self, protocol: Literal["imap", "smtp"], name: str, circumstances: Iterable[str] = ()
    ) -> Reply: ...
    @overload
    def reply(
        self, protocol: Literal["oauth"], name: str, circumstances: Iterable[str] = ()
    ) -> OAuthReply: ...
    @overload
    def reply(
        self, protocol: DialectProtocol, name: str, circumstances: Iterable[str] = ()
    ) -> AnyReply: ...
    def reply(
        self, protocol: DialectProtocol, name: str, circumstances: Iterable[str] = ()
    ) -> AnyReply:
        """The reply of this name, see `Side.worded`. Raises UnknownName, which tells the names
        there are."""
        side = self.side(protocol)
        reply: AnyReply | None = side.worded(name, circumstances)
        if reply is None:
            what = f"{protocol.upper()} reply of the dialect {self.name!r}"
            raise UnknownName(what, name, side.replies)
        return reply


def is_path(name: str) -> bool:
    """Whether a dialect is named by its file, `./acme.yaml`, and not one of those here."""
    return name.endswith((".yaml", ".yml"))


def dialect_protocol(protocol: str) -> DialectProtocol:
    """The side of a dialect that words what a service of this protocol says."""
    worded: dict[str, DialectProtocol] = {"imap": "imap", "oauth": "oauth"}
    return worded.get(protocol, "smtp")


def manners(protocol: DialectProtocol) -> frozenset[str]:
    """The names of the replies that every server must have."""
    named = load_dialect(_PLAIN).side(protocol).manners
    return frozenset(name for name in named if "@" not in name)


@cache
def dialect_names() -> tuple[str, ...]:
    """The names of all dialects, sorted. Reads no dialect."""
    return tuple(sorted(path.stem for path in DIALECTS.glob("*.yaml")))


def load_dialect(name: str) -> Dialect:
    """The dialect of this name, read once; or of the file of this path, which is read again where
    it has changed. Raises UnknownName, BadDialect."""
    if not is_path(name):
        return _load(name, 0)
    try:
        changed = Path(name).stat().st_mtime_ns
        if not Path(name).is_file():
            raise BadDialect(Path(name), "not a file")
        return _load(name, changed)
    except FileNotFoundError:
        raise UnknownName("dialect", name, dialect_names()) from None


@cache
def _load(name: str, changed: int) -> Dialect:
    file = Path(name) if is_path(name) else DIALECTS / f"{name}.yaml"
    try:
        text = file.read_text(encoding="utf-8-sig") if is_path(name) else dialect_text(name)
    except (OSError, UnicodeDecodeError) as error:
        raise BadDialect(file, str(error)) from None
    if not file.is_relative_to(_OURS):
        return _read(name, file, text)
    rests_on = f"{pydantic.VERSION} {blake2b(text.encode()).hexdigest()}"
    place = ".".join(file.relative_to(_OURS).with_suffix("").parts)
    return kept(place, lambda: _read(name, file, text), rests_on)


def _read(name: str, file: Path, text: str) -> Dialect:
    import yaml  # only now: most processes know what it says already

    try:
        written = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise BadDialect(file, str(error)) from None
    if not isinstance(written, dict):
        raise BadDialect(file, "expected a mapping")
    try:
        dialect = Dialect.model_validate({"name": name, **written})
    except ValidationError as error:
        found = ((".".join(map(str, each["loc"])), each["msg"]) for each in error.errors())
        wrong = "; ".join(f"{key}: {message}" if key else message for key, message in found)
        raise BadDialect(file, wrong) from None
    for path, message in unsound(dialect):
        raise BadDialect(file, f"{'.'.join(map(str, path))}: {message}")
    return dialect


def dialect_text(name: str) -> str:
    """The file of this dialect as it is written, which is read faster. Raises UnknownName."""
    if name not in dialect_names():
        raise UnknownName("dialect", name, dialect_names())
    return (DIALECTS / f"{name}.yaml").read_text(encoding="utf-8")
