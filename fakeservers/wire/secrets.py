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

MASK: Final = b"***"
SHORTEST_IN_BASE64: Final = 8
SHORTEST_ANYWHERE: Final = 4
"""Shorter secrets are masked where they stand alone, lest every `a` of a reply vanish."""
_MARK: Final = b"\xff\x00\xff"
"""Stands for the mask until all is masked: no text has it, and so no secret is found in it."""


@functools.lru_cache(maxsize=64)
def secret_forms(secret: bytes) -> tuple[bytes, ...]:
    """The ways a secret shows: as it is, in an IMAP quoted string, in base64, there also behind
    other bytes, as in PLAIN or XOAUTH2; in hexadecimal, as buffers are printed; as URLs, JSON and
    HTML spell it."""
    quoted = secret.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    encoded, dumped = base64.b64encode(secret), secret.hex().encode()
    found = {
        secret,
        quoted,
        encoded,
        encoded.rstrip(b"="),
        *_spelled(secret),
        *_inside_base64(secret),
    }
    if len(secret) >= SHORTEST_ANYWHERE:
        found |= {dumped, dumped.upper()}
    return tuple(sorted(found - {b""}, key=len, reverse=True))


def _spelled(secret: bytes) -> Iterator[bytes]:
    """RFC 3986 (2.1), RFC 8259 (7), HTML (13.1.4: named and numbered)."""
    for url in (quote(secret, safe=""), quote(secret), quote_plus(secret)):
        yield url.encode()
        yield re.sub(r"%..", lambda found: found[0].lower(), url).encode()
    text = secret.decode("utf-8", "replace")
    if "\ufffd" not in text:
        yield from (
            json.dumps(text, ensure_ascii=ascii_)[1:-1].encode() for ascii_ in (True, False)
        )
        for escaped in (html.escape(text), html.escape(text, quote=False)):
            yield escaped.encode()
            yield escaped.replace("&quot;", "&#34;").replace("&#x27;", "&#39;").encode()


def _inside_base64(secret: bytes) -> Iterator[bytes]:
    """The letters of base64 that depend on the secret alone, for each place where it may begin in a
    group of three bytes; none for a secret so short that they would be found anywhere."""
    for before in range(3):
        whole = (before + len(secret)) // 3 * 4
        letters = base64.b64encode(b"\0" * before + secret)[4 if before else 0 : whole]
        if len(letters) >= SHORTEST_IN_BASE64:
            yield letters


def masked(data: bytes, forms: Iterable[bytes], *, wire: bool = False) -> bytes:
    """The data without any of the forms. `wire`: lines of IMAP or SMTP, in which a tag, a status, a
    reply code and a command are the protocol's own, whatever the secret is."""
    for form in sorted(forms, key=len, reverse=True):
        if form not in data:
            continue
        if len(form) >= SHORTEST_ANYWHERE and not (wire and form.isupper()):
            data = data.replace(form, _MARK)
        else:
            data = _pattern(form).sub(_unless_protocol if wire else _always, data)
    return data.replace(_MARK, MASK)


@functools.lru_cache(maxsize=256)
def _pattern(form: bytes) -> re.Pattern[bytes]:
    literal = re.escape(form)
    alone = len(form) < SHORTEST_ANYWHERE
    return re.compile(rb"(?<!\w)" + literal + rb"(?!\w)" if alone else literal)


def _always(_: re.Match[bytes]) -> bytes:
    return _MARK


def _unless_protocol(found: re.Match[bytes]) -> bytes:
    line = found.string[found.string.rfind(b"\n", 0, found.start()) + 1 :]
    place = found.start() - (len(found.string) - len(line))
    words = line[:place].split()
    after = line[place + len(found[0]) :][:1]
    first = not words and after in (b" ", b"-") and len(found[0]) < SHORTEST_ANYWHERE
    verb = found[0].isalpha() and found[0].isupper() and not after.isalnum()
    second = len(words) == 1 and line[:place].endswith(b" ")
    return found[0] if first or (verb and second) else _MARK
