"""The secrets in what a client said: whatever the way of logging in, and in base64 too; tokens, in
whatever is written about them.

Fed with the lines of one connection in order; used for logs, and live for what is recorded.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote, unquote_plus

from fakeservers.files.patterns import kept_regex
from fakeservers.wire.entries import Direction
from harness.reproducing.dialogue import Dialogue

_IMAP_LOGIN: Final = kept_regex(r"\S+ LOGIN\s+(?P<rest>.*)", re.IGNORECASE)
_SASL: Final = kept_regex(
    r"(?:\S+ AUTHENTICATE|AUTH)\s+\"?(?P<mechanism>[\w-]+)\"?(?:\s+(?P<initial>\S.*))?",
    re.IGNORECASE,
)
_STRING: Final = kept_regex(r'"((?:[^"\\]|\\.)*)"?|\{\d+\+?\}|(\S+)')
_LITERAL: Final = kept_regex(r"\{\d+[+-]?\}$")
_BEARER: Final = kept_regex(r"auth=(?:bearer )?([^\x01]*)", re.IGNORECASE)
_USER: Final = kept_regex(r"(?:^n,a=|\buser=)([^,\x01]+)", re.IGNORECASE)
_ELSEWHERE: Final = kept_regex(
    r"(?:pass(?:word|wd)?|pwd|secret|(?:access[_-]?)?token|--auth-password|bearer)"
    r"[\"']?[ \t]*[:= ][ \t]*[\"']?(?P<value>[^\s\"',}<>]{4,})"
    r"|\s-(?:u|-user)[ =][\"']?[^\s:\"']+:(?P<curl>[^\s\"']+)",
    re.IGNORECASE,
)
# A field of JSON, of a form or a query, of a hash in Python, Ruby or PHP; after a colon and a space
# a short word, and more behind it, is the sentence that goes on.
_FIELD: Final = kept_regex(
    r"""(?:(?:access|refresh|id|auth|oauth2?|bearer)_?token|client_?(?:secret|assertion)|assertion
        |device_code|code_verifier|xoauth2)\\?["']?\s*(?:=>|[:=])\s*
        (?:\\?["'](?P<quoted>[^"'\s]{4,})
        |(?!(?:(?<=\ )[A-Za-z]{4,12}|xoauth2\w*)(?:\ |$))(?P<value>[^\s"'<>,;{}()&]{4,}))""",
    re.VERBOSE | re.IGNORECASE,
)
_CODE: Final = kept_regex(
    r"""\bcode["']?\s*[:=]\s*["']?(?P<value>4(?:/|%2F)[\w%-]{10,}|[\w.~/-]{24,})"""
)
"""An authorization code (RFC 6749, 4.1.2), which is longer than the codes of errors."""
_AUTHORIZATION: Final = kept_regex(r"""\b(?:Bearer|Basic)["']? +["']?(?P<value>[\w.~+/-]{12,}=*)""")
_SHAPES: Final = kept_regex(
    r"""\beyJ[\w-]{6,}\.[\w-]{6,}\.[\w-]*       # a JWT (RFC 7519)
    |\bya29\.[\w-]{10,}|(?<![\w/:])(?:1//|4/0)[\w-]{16,}|\bGOCSPX-[\w-]{10,}  # Google
    |\b1000\.[0-9a-f]{32}\.[0-9a-f]{32}          # Zoho
    |\by0_[\w-]{20,}                            # Yandex
    |\b[01]\.A[\w-]{16,}\.[\w.-]{16,}|\bM\.[CR]\w{2,}[._-][\w.!*$-]{30,}  # Microsoft
    """,
    re.VERBOSE,
)
"""What tokens look like, wherever they stand."""
_RESPONSE: Final = kept_regex(
    r"(?<![A-Za-z0-9+/])(?:dXNlcj|bixhPW|bixh|biws)[A-Za-z0-9+/]{16,}={0,2}"
)
"""`user=` of XOAUTH2 and `n,a=` of OAUTHBEARER in base64."""
_NOT_SECRET: Final = frozenset({
    "null", "none", "true", "false", "incorrect", "required", "invalid", "wrong", "expired",
    "check", "mismatch", "failed", "failure", "rejected", "refused", "accepted", "disabled",
    "missing", "error", "unknown", "must", "does", "from", "with", "that", "this", "have",
    "been", "when", "then", "please", "again", "authentication", "verification", "login",
    "contains", "needed", "only", "access", "hash", "protected", "instead", "supplied",
    "entered", "provided", "given", "combination", "expires", "revoked", "belongs", "endpoint",
    "could", "cannot", "issued", "malformed", "request", "response", "service", "keys", "value",
    "refresh", "which", "token", "tokens", "type", "bearer", "audience", "scope", "used",
})  # fmt: skip
"""What follows the word in sentences of servers."""


class SaidCredentials:
    """What a client of one connection logged in with. `secrets`: what nobody may see again.
    `users`: the names that it gave."""

    def __init__(self) -> None:
        self.secrets: set[str] = set()
        self.users: set[str] = set()
        self._mechanism = ""
        """Of an exchange that is going on; `IMAP LOGIN`: literals of a LOGIN are to come."""
        self._answers = 0
        self._tag = ""
        """With its space, of the command of IMAP that began it; empty: it is SMTP."""

    def hear(self, direction: Direction, line: str) -> None:
        """The next line of the connection."""
        if direction == "C":
            self._client(line)
        elif direction == "S":
            self._server(line)

    def _client(self, line: str) -> None:
        if self._mechanism == "IMAP LOGIN":
            self._literal(line)
        elif self._mechanism:
            self._response(line.strip())
        elif found := _SASL.match(line):
            self._tag = _tag(line)
            self._mechanism, self._answers = found["mechanism"].upper(), 0
            if initial := found["initial"]:
                self._response(initial.strip())
        elif found := _IMAP_LOGIN.match(line):
            self._tag = _tag(line)
            self._login(found["rest"])

    def _server(self, line: str) -> None:
        """Unless it asks for more, or answers another command that was sent before, the exchange
        is over."""
        if not line.startswith(("334", "+", "* ")) and line.startswith(self._tag):
            self._mechanism = ""

    def _login(self, rest: str) -> None:
        words = [found[1] if found[1] is not None else found[2] for found in _STRING.finditer(rest)]
        plain = [re.sub(r"\\(.)", r"\1", word) if word is not None else None for word in words]
        if plain and plain[0]:
            self.users.add(plain[0])
        self._answers = len([word for word in plain if word is not None])
        self.secrets.update(word for word in [*plain[1:], *words[1:]] if word)
        if _LITERAL.search(rest):
            self._mechanism = "IMAP LOGIN"

    def _literal(self, line: str) -> None:
        """A literal's line: the rest of the name with what follows, or the password."""
        value = _LITERAL.sub("", line).strip()
        if self._answers == 0 and value:
            name, _, more = value.partition(" ")
            self.users.add(name)
            self.secrets.update(filter(None, [more.strip().strip('"')]))
        elif value:
            self.secrets.add(value)
        self._answers += 1
        if not _LITERAL.search(line):
            self._mechanism = ""

    def _response(self, line: str) -> None:
        if line in ("=", "*", ""):
            return
        self._answers += 1
        self.secrets.add(line)
        decoded = _decoded(line)
        if decoded is None:
            return
        if self._mechanism == "LOGIN" and self._answers == 1:
            self.users.add(decoded)
            self.secrets.discard(line)
        elif self._mechanism.startswith(("CRAM", "DIGEST")):
            name, _, secret = decoded.rpartition(" ")
            self.users.add(name)
            self.secrets.add(secret)
        elif "\0" in decoded:
            *names, secret = decoded.split("\0")
            self.users.update(filter(None, names))
            self.secrets.add(secret)
        else:
            self.users.update(_USER.findall(decoded))
            self.secrets.update(_BEARER.findall(decoded) or [decoded])


def said_in(dialogue: Dialogue) -> SaidCredentials:
    """What the client of a whole dialogue logged in with."""
    credentials = SaidCredentials()
    for line in dialogue.said:
        credentials.hear(line.direction, line.text)
    return credentials


def _tag(line: str) -> str:
    first = line.partition(" ")[0]
    return "" if first.upper() == "AUTH" else f"{first} "


def _decoded(line: str) -> str | None:
    try:
        data = base64.b64decode(line + "=" * (-len(line) % 4), validate=True)
    except ValueError:
        return None
    return data.decode("utf-8", "replace")


def token_secrets(text: str) -> Iterator[str]:
    """Tokens, client secrets and authorization codes, by how they look and what stands before
    them; in each form that the text may have them in."""
    for pattern in (_FIELD, _CODE, _AUTHORIZATION):
        for found in pattern.finditer(text):
            yield from _forms(next(filter(None, found.groups())))
    yield from (found[0] for found in _SHAPES.finditer(text))
    for found in _RESPONSE.finditer(text):
        yield found[0]
        yield from _BEARER.findall(_decoded(found[0]) or "")


def _forms(value: str) -> Iterator[str]:
    """As it stands there; as a form or a query has it (`%2F`), as JSON of PHP has it (`\\/`);
    the password that Basic has in base64 (RFC 7617)."""
    value = value.rstrip("\\")
    forms = {value, unquote(value), unquote_plus(value), value.replace("\\/", "/")}
    name, colon, password = (_decoded(value) or "").partition(":")
    if colon and name.isprintable() and password.isprintable():
        forms |= {password, unquote_plus(password)}
    yield from (form for form in forms if len(form) > 3 and form.lower() not in _NOT_SECRET)


def secrets_elsewhere(text: str) -> Iterator[str]:
    """What is called a password or token in a text that is no dialogue."""
    yield from token_secrets(text)
    for found in _ELSEWHERE.finditer(text):
        value = found["value"] or found["curl"]
        if value.lower().strip(".:;!?()") not in _NOT_SECRET:
            yield value
