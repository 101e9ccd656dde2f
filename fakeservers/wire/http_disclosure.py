"""What a client of HTTP may show of its request (RFC 9112), and its server of the answer.

As for mail: what is known to be harmless. Of a request that is its line, the header fields that say
nothing of who asks, and the names of what it is about; of a form (and of a query) the values that
the mailbox names itself, such as the scope. All else is a mask: Authorization, any other field, a
body that is no form.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Final, Literal
from urllib.parse import unquote_plus

from fakeservers.files.patterns import kept_regex
from fakeservers.wire.disclosure import Disclosure
from fakeservers.wire.secrets import MASK

_REQUEST: Final = kept_regex(rb"([A-Z]{3,7}) (/[^ ?]{0,200})(?:\?([^ ]*))?( HTTP/[\d.]{1,3})")
_WELL_KNOWN: Final = kept_regex(rb"(?:/[a-z\d./]{1,40})?/\.well-known/[a-z-]{1,40}|/keys|/")
_SHOWN_FIELDS: Final = frozenset(
    b"""accept accept-charset accept-encoding accept-language cache-control connection
    content-length content-type date expect host pragma transfer-encoding user-agent""".split()
)
_SCHEMES: Final = frozenset((b"basic", b"bearer", b"digest"))
_NAMES: Final = frozenset(
    b"""assertion audience client_assertion client_assertion_type client_id client_secret code
    code_verifier device_code grant_type password redirect_uri refresh_token resource scope state
    token username""".split()
)
"""The parameters of OAuth (RFC 6749, 7521, 7636, 8628), in forms and queries."""
_GRANTS: Final = ("authorization_code", "client_credentials", "password", "refresh_token")
_SCOPES: Final = ("email", "offline_access", "openid", "profile")
_WORDS: Final = frozenset((*_GRANTS, *_SCOPES))
"""Values of theirs that are no secrets."""
_SAID: Final = kept_regex(
    rb"(?i)((?:access_token|assertion|client_assertion|client_secret|code|id_token|password"
    rb"|refresh_token)(?:\"\s*:\s*\"|=)|(?:set-cookie|authorization):\s*)"
    rb"((?:[^\"\\&\r\n]|\\.)+)"
)
"""What a server says that is secret, whoever made it: in JSON, in a form, in a header field."""


class HttpDisclosure(Disclosure):
    """One request of a connection, line by line, and what the server says."""

    def begin_anew(self) -> None:
        super().begin_anew()
        self._part: Literal["request", "fields", "body"] = "request"
        self._left = 0
        """How much of the body is to come, as far as it was said."""

    def ends_with(self, size: int) -> bool:
        return self._part == "body" and 0 < self._left <= size

    def heard(self, line: bytes) -> None:
        """Nothing that the server says changes what is shown."""

    def shown(self, line: bytes, size: int, *, whole: bool = True) -> bytes | None:
        if self._part == "body":
            self._left -= size
            return self._form(line, whole=whole)
        if self._part == "request":
            return self._request(line) if whole else self._hide(line)
        if whole and not line.strip():
            self._part = "body"
            return line
        return self._field(line, whole=whole)

    def repeated(self, said: bytes) -> bytes:
        return _SAID.sub(rb"\1" + MASK, super().repeated(said))

    def _request(self, line: bytes) -> bytes:
        found = _REQUEST.fullmatch(line)
        if not found:
            return self._hide(line)
        self._part = "fields"
        method, path, query, version = found.groups()
        known = _WELL_KNOWN.fullmatch(path) or path.decode("latin-1") in self._names
        asked = b"" if query is None else b"?" + self._form(query)
        return method + b" " + (path if known else self._hide(path)) + asked + version

    def _field(self, line: bytes, *, whole: bool) -> bytes:
        name, colon, value = line.partition(b":")
        known, text = name.lower(), value.strip()
        if known == b"authorization" and text:
            scheme, _, rest = text.partition(b" ")
            if rest and scheme.lower() in _SCHEMES:
                return name + colon + b" " + scheme + b" " + self._hide(rest)
        elif known in _SHOWN_FIELDS and colon and whole:
            if known == b"content-length" and text.isdigit():
                self._left = int(text[:20])
            return line
        return self._hide(line)

    def _form(self, line: bytes, *, whole: bool = True) -> bytes:
        """The parameters of a form; of one that was cut off the last has no end."""
        pairs = line.split(b"&")
        shown = [self._pair(pair, whole=whole or pair is not pairs[-1]) for pair in pairs]
        return b"&".join(shown)

    def _pair(self, pair: bytes, *, whole: bool) -> bytes:
        name, equals, value = pair.partition(b"=")
        if not equals or name not in _NAMES:
            return self._hide(pair)
        said = unquote_plus(value.decode("latin-1"))
        words = said.split()
        if whole and all(word in _WORDS or word in self._names for word in words):
            return pair
        self.learn(said.encode())
        return name + equals + self._hide(value)


def disclosure_of(protocol: str, names: Container[str]) -> Disclosure:
    """What the clients of a server that speaks this may show. `names`: what may be, besides."""
    return HttpDisclosure(protocol, names) if protocol == "oauth" else Disclosure(protocol, names)
