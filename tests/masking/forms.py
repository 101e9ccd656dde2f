"""All the ways in which a client tells a secret, be they right or wrong, and in which it shows."""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import itertools
import json
import quopri
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

UNKNOWN = "Zq7#wKx9%Lm2/Vd4&Hs"
"""A password that the mailbox does not know."""
LONG = base64.b32encode(b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(3))).decode()
"""A token; its base64 is longer than a line of 76."""
LETTERS = 4
"""So many letters of a secret in a row tell something of it."""


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def wrapped(text: str) -> str:
    return base64.encodebytes(text.encode()).decode().rstrip().replace("\n", "\r\n")


def told(secret: str, user: str = "anna@example.test") -> dict[str, str]:
    """Lines by which a client tells it, by what is odd of them; the last has no end yet."""
    plain = f"\0{user}\0{secret}"
    xoauth2 = f"user={user}\1auth=Bearer {secret}\1\1"
    bearer = f"n,a={user},\1host=h\1auth=Bearer {secret}\1\1"
    quoted = '"' + secret.replace("\\", "\\\\").replace('"', '\\"') + '"'
    size, name = len(secret.encode()), len(user)
    http = b64(f"{user}:{secret}")
    forms = {
        "atom": f"a LOGIN {user} {secret}",
        "quoted": f'a LOGIN "{user}" {quoted}',
        "literal": f"a LOGIN {{{name}}}\r\n{user} {{{size}}}\r\n{secret}",
        "literal+": f"a LOGIN {{{name}+}}\r\n{user} {{{size}+}}\r\n{secret}",
        "one literal+": f"a LOGIN {user} {{{size}+}}\r\n{secret}",
        "a literal too short": f"a LOGIN {user} {{3+}}\r\n{secret}",
        "a literal too long": f"a LOGIN {user} {{99+}}\r\n{secret}\r\nb NOOP",
        "a literal that is refused": f"a LOGIN {user} {{99999999}}\r\n{secret}",
        "a literal within a line": f"a LOGIN {{{name}+}}\r\n{user} {quoted}",
        "lower case": f"a login {user} {secret}",
        "tabs": f"a\tLOGIN\t{user}\t{secret}",
        "spaces": f"a  LOGIN   {user}   {secret}",
        "before": f"  a LOGIN {user} {secret}",
        "open quote": f'a LOGIN {user} "{secret}',
        "three": f"a LOGIN {user} x {secret}",
        "no user": f"a LOGIN {secret}",
        "no tag": f"LOGIN {user} {secret}",
        "user": f"a LOGIN {secret} x",
        "user, quoted": f"a LOGIN {quoted} {quoted}",
        "swapped": f"a LOGIN {secret} {user}",
        "tag and verb in one": f"aLOGIN {user} {secret}",
        "no verb": f"a {user} {secret}",
        "another verb": f"a LOGON {user} {secret}",
        "verb": f"a {secret}",
        "line": secret,
        "two words": f"{user} {secret}",
        "NUL": f"a LOGIN {user} {secret}\0",
        "CR": f"a LOGIN {user}\r{secret}",
        "LF": f"a LOGIN {user} {secret}\nb NOOP",
        "PLAIN": f"a AUTHENTICATE PLAIN\r\n{b64(plain)}",
        "PLAIN at once": f"a AUTHENTICATE PLAIN {b64(plain)}",
        "PLAIN wrapped": f"a AUTHENTICATE PLAIN {wrapped(plain + LONG)}",
        "PLAIN as a literal": f"a AUTHENTICATE PLAIN {{{len(b64(plain))}+}}\r\n{b64(plain)}",
        "LOGIN": f"a AUTHENTICATE LOGIN\r\n{b64(user)}\r\n{b64(secret)}",
        "LOGIN at once": f"a AUTHENTICATE LOGIN {b64(user)}\r\n{b64(secret)}",
        "LOGIN, swapped": f"a AUTHENTICATE LOGIN\r\n{b64(secret)}\r\n{b64(user)}",
        "LOGIN, not encoded": f"a AUTHENTICATE LOGIN\r\n{user}\r\n{secret}",
        "CRAM-MD5": f"a AUTHENTICATE CRAM-MD5\r\n{b64(f'{user} {secret}')}",
        "XOAUTH2": f"a AUTHENTICATE XOAUTH2\r\n{b64(xoauth2)}\r\n",
        "XOAUTH2 at once": f"a AUTHENTICATE XOAUTH2 {b64(xoauth2)}\r\n",
        "XOAUTH2 wrapped": f"a AUTHENTICATE XOAUTH2\r\n{wrapped(xoauth2 + LONG)}",
        "OAUTHBEARER": f"a AUTHENTICATE OAUTHBEARER\r\n{b64(bearer)}\r\nAQ==",
        "OAUTHBEARER at once": f"a AUTHENTICATE OAUTHBEARER {b64(bearer)}\r\nAQ==",
        "cancelled": f"a AUTHENTICATE PLAIN\r\n*\r\n{b64(plain)}",
        "behind a refusal": f"a AUTHENTICATE NTLM\r\n{b64(plain)}",
        "mechanism": f"a AUTHENTICATE {b64(plain)}",
        "mechanism, plain": f"a AUTHENTICATE {secret}",
        "AUTH in IMAP": f"a AUTH PLAIN {b64(plain)}",
        "AUTH without a tag": f"AUTH PLAIN {b64(plain)}",
        "AUTH, later": f"AUTH PLAIN\r\n{b64(plain)}",
        "AUTH LOGIN": f"AUTH LOGIN\r\n{b64(user)}\r\n{b64(secret)}",
        "AUTH LOGIN at once": f"AUTH LOGIN {b64(user)}\r\n{b64(secret)}",
        "AUTH XOAUTH2": f"AUTH XOAUTH2 {b64(xoauth2)}\r\n",
        "AUTH XOAUTH2, later": f"AUTH XOAUTH2\r\n{b64(xoauth2)}\r\n",
        "AUTH OAUTHBEARER": f"AUTH OAUTHBEARER {b64(bearer)}\r\nAQ==",
        "AUTH CRAM-MD5": f"AUTH CRAM-MD5\r\n{b64(f'{user} {secret}')}",
        "AUTH wrapped": f"auth plain {wrapped(plain + LONG)}",
        "AUTH cancelled": f"AUTH PLAIN\r\n*\r\n{b64(plain)}",
        "AUTH, unknown": f"AUTH FOO\r\n{b64(plain)}",
        "AUTH, tabs": f"AUTH\tPLAIN\t{b64(plain)}",
        "AUTH, not encoded": f"AUTH PLAIN {user} {secret}",
        "AUTH, no mechanism": f"AUTH {b64(plain)}",
        "AUTH=": f"MAIL FROM:<{user}> AUTH={secret}",
        "AUTH=, among others": f"mail from:<{user}> SIZE=7 auth={secret} BODY=8BITMIME",
        "USER and PASS": f"USER {user}\r\nPASS {secret}",
        "pass": f"pass {secret}",
        "PASS as USER": f"USER {secret}\r\nPASS x",
        "APOP": f"APOP {user} {secret}",
        "ID": f'a ID ("name" "x" "password" {quoted})',
        "ID, a literal": f'a ID ("password" {{{size}+}}\r\n{secret})',
        "XCLIENT": f"XCLIENT LOGIN={secret}",
        "HTTP Basic": f"GET / HTTP/1.1\r\nHost: h\r\nAuthorization: Basic {http}\r\n",
        "HTTP in a URL": f"GET /?password={quote(secret)} HTTP/1.1\r\n",
        "HTTP in a form": f"POST / HTTP/1.1\r\n\r\nuser={user}&password={quote(secret)}",
        "PROXY": f"PROXY TCP4 192.0.2.1 192.0.2.2 1 2 {secret}",
        "BDAT of another length": f"BDAT 99\r\nAUTH PLAIN {b64(plain)}",
        "DATA that is none": f"DATA\r\nAUTH PLAIN {b64(plain)}",
        "APPEND that is none": f"a APPEND x {{99}}\r\nb LOGIN {user} {secret}",
    }
    return forms


def over_http(secret: str) -> dict[str, str]:
    """The same, at an authorization server."""
    post = "POST /token HTTP/1.1\r\nHost: h\r\nUser-Agent: x\r\n"
    spelled = quote_plus(secret)
    bodies = {
        "refresh token": f"grant_type=refresh_token&refresh_token={spelled}&client_id=x",
        "at the end": f"grant_type=refresh_token&client_id=x&client_secret={spelled}",
        "not spelled": f"client_secret={secret}&grant_type=client_credentials",
        "client id": f"grant_type=refresh_token&client_id={spelled}",
        "scope": f"grant_type=refresh_token&scope={spelled}",
        "grant": f"grant_type={spelled}",
        "assertion": f"grant_type=x&client_assertion={spelled}&client_assertion_type=x",
        "password": f"grant_type=password&username=anna%40example.test&password={spelled}",
        "code": f"grant_type=authorization_code&code={spelled}&code_verifier={spelled}",
        "no name": f"grant_type=x&={spelled}",
        "no value": f"grant_type=x&{spelled}",
        "a name": f"{spelled}=x&grant_type=x",
        "JSON": json.dumps({"grant_type": "refresh_token", "refresh_token": secret}),
        "JSON, over lines": json.dumps({"refresh_token": secret}, indent=1).replace("\n", "\r\n"),
        "two": f"refresh_token=x&refresh_token={spelled}",
    }
    form = "Content-Type: application/x-www-form-urlencoded\r\n"
    heads = {
        "Basic": f"Authorization: Basic {b64(f'id:{secret}')}",
        "Bearer": f"authorization: Bearer {secret}",
        "no scheme": f"Authorization: {secret}",
        "a field": f"X-Client-Secret: {secret}",
        "Cookie": f"Cookie: session={secret}",
        "no field": secret,
        "folded": f"Accept: x\r\n {secret}",
    }
    chunk = f"refresh_token={spelled}"
    return {
        **{
            f"HTTP, {name}": f"{post}{form}Content-Length: {len(body.encode())}\r\n\r\n{body}"
            for name, body in bodies.items()
        },
        "HTTP, a length too short": f"{post}{form}Content-Length: 20\r\n\r\n{bodies['at the end']}",
        "HTTP, a length too long": f"{post}{form}Content-Length: 999\r\n\r\n{bodies['at the end']}",
        "HTTP, chunks": f"{post}{form}Transfer-Encoding: chunked\r\n\r\n"
        f"{len(chunk):x}\r\n{chunk}\r\n0\r\n",
        **{f"HTTP, {name}": f"{post}{head}\r\n\r\n" for name, head in heads.items()},
        "HTTP, in the path": f"GET /{spelled} HTTP/1.1\r\nHost: h\r\n\r\n",
        "HTTP, in the query": f"GET /token?refresh_token={spelled} HTTP/1.1\r\nHost: h\r\n\r\n",
        "HTTP, another query": f"POST /token?{spelled}={spelled} HTTP/1.1\r\nHost: h\r\n\r\n",
        "HTTP, no version": f"POST /token?client_secret={secret}",
        "HTTP, twice": f"{post}\r\nGET /?password={spelled} HTTP/1.1\r\n\r\n",
    }


def anywhere(secret: str) -> dict[str, str]:
    """Where a secret that the mailbox knows stands, though it is nowhere asked for."""
    plain, text = b64(f"\0{USER}\0{secret}"), f"{'x' * 41}{secret * 9}"
    quoted = quopri.encodestring(text.encode()).decode().replace("\n", "\r\n")
    content = f"To: x\r\n\r\n{wrapped(text)}\r\n{quoted}\r\n"
    return {
        "EHLO": f"EHLO {secret}",
        "VRFY": f"VRFY {b64(secret)}",
        "MAIL": f"MAIL FROM:<{quote(secret, safe='')}@x.test>",
        "SEARCH": f'a SEARCH SUBJECT "{secret}"',
        "SELECT": f"a SELECT {b64('x' + secret)}",
        "folder": f"a CREATE {secret.encode().hex()}",
        "DATA": f"EHLO x\r\nAUTH PLAIN {plain}\r\nMAIL FROM:<{USER}>\r\n"
        f"RCPT TO:<{USER}>\r\nDATA\r\n{content}\r\n.",
        "APPEND": f"a LOGIN {USER} {secret}\r\nb APPEND INBOX {{{len(content)}+}}\r\n{content}",
    }


USER = "anna@example.test"


def shapes(secret: str) -> Iterator[tuple[str, int]]:
    """Each form of it, and how many letters of that in a row must not be shown."""
    raw = secret.encode()
    yield secret, LETTERS
    yield secret[::-1], LETTERS
    for before in range(3):
        letters = base64.b64encode(b"\0" * before + raw).decode().rstrip("=")
        yield letters[4 if before else 0 : -1], 2 * LETTERS
    yield raw.hex(), 2 * LETTERS
    yield raw.hex().upper(), 2 * LETTERS
    for spelled in (quote(secret, safe=""), json.dumps(secret)[1:-1], html.escape(secret)):
        yield spelled, 2 * LETTERS
    yield quopri.encodestring(raw).decode().strip(), 2 * LETTERS


def shown_in(text: str, secrets: tuple[str, ...]) -> set[str]:
    """What of the secrets can be read there."""
    return {
        part
        for length, parts in parts_of(secrets)
        for part in parts.intersection(text[at : at + length] for at in range(len(text)))
    }


@functools.cache
def parts_of(secrets: tuple[str, ...]) -> tuple[tuple[int, frozenset[str]], ...]:
    """By how many letters they have, what tells something of one of them."""
    found: dict[int, set[str]] = {}
    for shape, length in itertools.chain.from_iterable(map(shapes, secrets)):
        found.setdefault(length, set()).update(
            shape[at : at + length] for at in range(len(shape) - length + 1)
        )
    return tuple((length, frozenset(parts)) for length, parts in found.items())
