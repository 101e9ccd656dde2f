"""Secrets in what is shown: in which forms they stand there, and how they are taken out."""

from __future__ import annotations

import base64
import functools
import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote, quote_plus

from fakeservers.files.patterns import kept_regex

MASK: Final = b"***"
SHORTEST_IN_BASE64: Final = 8
SHORTEST_ANYWHERE: Final = 4
"""Shorter secrets are masked where they stand alone, lest every `a` of a reply vanish; and what is
shorter of one is no part of it that tells anything."""
WRAPPED_FROM: Final = 60
"""The length of a line from which on encoded text may go on in the next one (RFC 2045, 6.8, wraps
at 76, PEM at 64)."""

LONGEST_BEGINNING: Final = 64
"""Of a secret that is cut off, so many letters at most are looked up."""

Span = tuple[int, int]

_JWT_BEGINS: Final = b"eyJ"
_JWT: Final = kept_regex(rb"eyJ[\w-]{5,}(?:\.[\w-]*)+")
"""A token that can be read (RFC 7519), whoever made it: `{"` in base64, more of it, and a dot."""
_JWT_BEGUN: Final = kept_regex(rb"eyJ[\w-]*(?:\.[\w-]*)*\Z")
_JWT_HELD: Final = b"eyJhbGci."
"""Stands for what came before in a token that goes on."""


def secret_forms(secret: bytes) -> frozenset[bytes]:
    """The ways a secret shows: as it is, backwards, in an IMAP quoted string, in base64, there also
    behind other bytes, as in PLAIN or XOAUTH2; in hexadecimal, as buffers are printed; as URLs,
    JSON, HTML and quoted-printable spell it."""
    encoded = base64.b64encode(secret)
    found = {secret, secret.replace(b"\\", b"\\\\").replace(b'"', b'\\"'), *_spelled(secret)}
    found |= {encoded, encoded.rstrip(b"="), *_inside_base64(secret)}
    found |= {form.translate(_URL_SAFE) for form in (encoded, *_inside_base64(secret))}
    if len(secret) >= SHORTEST_ANYWHERE:
        found |= {secret[::-1], secret.replace(b" ", b"")}
        found |= set(_as_buffers(secret))
    return frozenset(found - {b""})


_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


def _spelled(secret: bytes) -> Iterator[bytes]:
    """RFC 3986 (2.1), RFC 8259 (7), HTML (13.1.4: named and numbered), RFC 2045 (6.7), RFC 2047
    (4.2), and as Python prints bytes."""
    for url in (quote(secret, safe=""), quote(secret), quote_plus(secret)):
        yield url.encode()
        yield re.sub(r"%..", lambda found: found[0].lower(), url).encode()
    printable = re.sub(rb"[^!-<>-~ ]", _equals_hex, secret)
    yield printable
    yield re.sub(rb"[^0-9A-Za-z]", _equals_hex, secret)
    yield re.sub(rb"[?_]", _equals_hex, printable).replace(b" ", b"_")
    yield repr(secret)[2:-1].encode()
    text = secret.decode("utf-8", "replace")
    if "\ufffd" not in text:
        for escaped in (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]):
            yield escaped.encode()
            yield escaped.replace("/", "\\/").encode()
        for escaped in (html.escape(text), html.escape(text, quote=False)):
            yield escaped.encode()
            yield escaped.replace("&quot;", "&#34;").replace("&#x27;", "&#39;").encode()


def _as_buffers(secret: bytes) -> Iterator[bytes]:
    """As programs print bytes: in hexadecimal, in Node as `<Buffer 61 62>` and, within JSON, as a
    list of numbers; Python's `list` has spaces in it."""
    for printed in (secret.hex(), secret.hex(" ")):
        yield printed.encode()
        yield printed.upper().encode()
    for between in (",", ", "):
        yield between.join(map(str, secret)).encode()


def _equals_hex(found: re.Match[bytes]) -> bytes:
    return b"=%02X" % ord(found[0])


def _inside_base64(secret: bytes) -> Iterator[bytes]:
    """The letters of base64 that depend on the secret alone, for each place where it may begin in a
    group of three bytes; none for a secret so short that they would be found anywhere."""
    for before in range(3):
        whole = (before + len(secret)) // 3 * 4
        letters = base64.b64encode(b"\0" * before + secret)[4 if before else 0 : whole]
        if len(letters) >= SHORTEST_IN_BASE64:
            yield letters


class KnownSecrets:
    """Some secrets, in every form, as patterns that are made once: a text is read in one pass,
    however many there are. `known_secrets` keeps them."""

    def __init__(self, secrets: Iterable[bytes]) -> None:
        forms = frozenset[bytes]().union(*map(secret_forms, secrets))
        short = [form for form in forms if len(form) < SHORTEST_ANYWHERE]
        self.forms = tuple(form for form in forms if len(form) >= SHORTEST_ANYWHERE)
        """Those that are masked wherever they stand."""
        self._patterns = []
        if self.forms:
            self._patterns.append(re.compile(_alternatives(self.forms), re.DOTALL))
        if short:
            alone = rb"(?<!\w)%b(?!\w)" % _alternatives(short)
            self._patterns.append(re.compile(alone, re.DOTALL))

    def spans(self, data: bytes, *, wire: bool = False) -> list[Span]:
        """Where they stand, from where to where, in order. `wire`: the data is lines of IMAP or
        SMTP, in which a tag, a status, a reply code and a command are the protocol's own."""
        found = [at.span() for at in _JWT.finditer(data)] if _JWT_BEGINS in data else []
        for pattern in self._patterns:
            at = pattern.search(data)
            while at:
                if not (wire and _is_the_protocols(data, at)):
                    found.append(at.span())
                at = pattern.search(data, at.start() + 1)
        return _merged(found) if found else found

    def stand_in(self, data: bytes) -> bool:
        """Whether one does; not one so short that it may be there by chance."""
        return any(form in data for form in self.forms)

    def begun(self, data: bytes) -> int:
        """Where one begins that the end of the data cuts off; its length, where none does."""
        starts = [len(data) - len(each) for each in self._short_cuts(data) if data.endswith(each)]
        for beginning, form in self._long:
            at = data.rfind(beginning)
            if at >= 0 and form.startswith(data[at:]):
                starts.append(at)
        return min(starts, default=len(data))

    def _short_cuts(self, data: bytes) -> Iterable[bytes]:
        return (*self._beginnings.get(data[-2:], ()), *self._beginnings.get(data[-1:], ()))

    @functools.cached_property
    def _beginnings(self) -> dict[bytes, set[bytes]]:
        """What forms begin with, by the last two letters of that."""
        found: dict[bytes, set[bytes]] = {}
        for form in self.forms:
            for length in range(1, min(len(form), LONGEST_BEGINNING + 1)):
                found.setdefault(form[:length][-2:], set()).add(form[:length])
        return found

    @functools.cached_property
    def _long(self) -> list[tuple[bytes, bytes]]:
        return [(f[:LONGEST_BEGINNING], f) for f in self.forms if len(f) > LONGEST_BEGINNING]

    def masked(self, data: bytes, *, wire: bool = False) -> bytes:
        """The data without them, also where a line was wrapped inside one."""
        wrapped = data.endswith((b"=", b"\r")) or b"\n" in data or len(data) >= WRAPPED_FROM
        if not wrapped:  # by far the most
            spans = self.spans(data, wire=wire)
            return _without(spans, data, 0) if spans else data
        hiding = Hiding(self, wire=wire)
        *lines, last = data.split(b"\n")
        return b"".join([*(hiding.shown(line + b"\n") for line in lines), hiding.last(last)])


@functools.lru_cache(maxsize=64)
def known_secrets(secrets: frozenset[bytes]) -> KnownSecrets:
    """These secrets; most mailboxes have the same ones."""
    return KnownSecrets(secrets)


class Hiding:
    """Hides secrets in a text that comes line by line, or piece by piece: one may begin in one and
    end in the next."""

    def __init__(self, secrets: KnownSecrets, *, wire: bool = False) -> None:
        self.secrets = secrets
        self._wire = wire
        self._begun = b""
        """What may be the beginning of a secret, at the end of what came last."""

    def shown(self, data: bytes) -> bytes:
        """The next line, or piece of one, as it may be shown; its end, if it has one, stays."""
        text = data.rstrip(b"\r\n")
        before, joined = len(self._begun), self._begun + text
        spans = self.secrets.spans(joined, wire=self._wire)
        cut = len(text) == len(data)
        self._begun = b""
        if cut or len(text) >= WRAPPED_FROM or text.endswith(b"="):
            whole, begun = joined, self.secrets.begun(joined) if cut else len(joined)
            if begun == len(joined):
                whole = joined.removesuffix(b"=")  # a soft line break
                begun = self.secrets.begun(whole)
            self._begun = whole[begun:]
            if len(self._begun) >= SHORTEST_ANYWHERE:
                spans = _merged([*spans, (begun, len(whole))])
            self._begun = self._begun or _token_begun(whole)
        if not spans:
            return data
        return _without(spans, joined, before) + data[len(text) :]

    def last(self, data: bytes) -> bytes:
        """What is shown of the last line, which has no end and is whole all the same."""
        return self.shown(data + b"\n").removesuffix(b"\n")


def _token_begun(data: bytes) -> bytes:
    """What stands at the end of the data of a JWT that may go on; empty: no such."""
    found = _JWT_BEGUN.search(data) if _JWT_BEGINS in data else None
    if found is None:
        return b""
    return _JWT_HELD if b"." in found[0] else found[0]


def _without(spans: Iterable[Span], data: bytes, since: int) -> bytes:
    """The data from there on, with the mask in place of each span."""
    parts, at = [], since
    for start, end in spans:
        if end > at:
            parts += [data[at:start], MASK]
            at = end
    return b"".join([*parts, data[at:]])


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _alternatives(forms: Iterable[bytes]) -> bytes:
    """A pattern for any of the forms, the longest first, that looks at each letter once."""
    by_first: dict[bytes, list[bytes]] = {}
    for form in forms:
        by_first.setdefault(form[:1], []).append(form)
    optional = by_first.pop(b"", None) is not None
    parts = []
    for group in by_first.values():
        common = _common(min(group), max(group))
        rest = {form[len(common) :] for form in group}
        parts.append(re.escape(common) + (_alternatives(rest) if rest != {b""} else b""))
    return b"(?:%b)%b" % (b"|".join(parts), b"?" if optional else b"")


def _common(one: bytes, other: bytes) -> bytes:
    """What both begin with."""
    differ = (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return one[: next(differ, len(one))]


def _is_the_protocols(data: bytes, found: re.Match[bytes]) -> bool:
    """Whether it is the first word of a line, or a command or status behind it: only what is short
    or in capitals can be."""
    form = found[0]
    if len(form) >= SHORTEST_ANYWHERE and not form.isupper():
        return False
    begin = data.rfind(b"\n", 0, found.start()) + 1
    before, after = data[begin : found.start()], data[found.end() : found.end() + 1]
    words = before.split()
    if not words and after in (b" ", b"-") and len(form) < SHORTEST_ANYWHERE:
        return True
    word = form.isalpha() and form.isupper() and not after.isalnum()
    return word and len(words) == 1 and before.endswith(b" ")
