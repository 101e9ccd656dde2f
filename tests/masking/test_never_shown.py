"""No transcript shows a secret: in whatever form it is told, wherever the wire is cut, however it
ends, whatever came along with it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable, Iterator
from operator import itemgetter

import pytest

from fakeservers.spec import Account, MailboxSpec
from fakeservers.wire.disclosure import UserNames
from fakeservers.wire.http_disclosure import HttpDisclosure
from fakeservers.wire.secrets import Hiding, known_secrets
from fakeservers.wire.transcript import Transcript
from tests.masking.forms import LONG, UNKNOWN, anywhere, over_http, shapes, shown_in, told
from tests.masking.spoken import End, Spoken

KNOWN = Account().password
SECRETS = (UNKNOWN, LONG, KNOWN)
MODES = ("cleartext", "starttls", "implicit-tls")
WHERE = [
    (protocol, mode)
    for protocol in ("imap", "smtp", "oauth")
    for mode in MODES
    if (protocol, mode) != ("oauth", "starttls")
]
SAMPLED = 41
"""Every so manieth way is tried; all of them: `python -m tests.masking`."""
ENDS: tuple[End, End] = ("FIN", "RST")
SAID = {
    **{f"{form}, wrong": line for form, line in told(UNKNOWN).items()},
    **{f"{form}, right": line for form, line in told(KNOWN).items()},
    **anywhere(KNOWN),
}
OVER_HTTP = {
    **{f"{form}, wrong": line for form, line in over_http(UNKNOWN).items()},
    **{f"{form}, right": line for form, line in over_http(KNOWN).items()},
}
NEXT = {
    "imap": (b"n NOOP\r\n", b"z LOGOUT\r\n"),
    "smtp": (b"NOOP\r\n", b"QUIT\r\n"),
    "oauth": (b"", b"\r\n"),
}
FIRST = {
    ("imap", "starttls"): [b"s STARTTLS\r\n"],
    ("smtp", "starttls"): [b"EHLO x\r\n", b"STARTTLS\r\n"],
}


def spoken(mode: str) -> Spoken:
    services = {name: {"protocol": name, "security": mode, "pauses": False} for name in NEXT}
    return Spoken(MailboxSpec.model_validate({"services": services}))


def ways(line: bytes, protocol: str) -> Iterator[tuple[list[bytes], End]]:
    """Each cut: for ever, and with the rest in another packet behind the answer to what was sent
    before it."""
    before, after = NEXT[protocol]
    whole = line + b"\r\n"
    for cut, end in zip(range(len(whole) + 1), itertools.cycle(ENDS), strict=False):
        yield [whole[:cut]], end
        yield [before + whole[:cut], whole[cut:] + before, after], "FIN"


def every_way(protocol: str) -> Iterator[tuple[str, list[bytes], End]]:
    said = {**OVER_HTTP, **SAID} if protocol == "oauth" else SAID
    for form, line in said.items():
        for pieces, end in ways(line.encode(), protocol):
            yield form, pieces, end


def leaks(protocol: str, mode: str, every: int = 1, first: int = 0) -> list[str]:
    """What is shown of a secret in every so manieth of the ways to say it."""
    return asyncio.run(
        _leaks(protocol, mode, itertools.islice(every_way(protocol), first, None, every))
    )


async def _leaks(
    protocol: str, mode: str, said: Iterable[tuple[str, list[bytes], End]]
) -> list[str]:
    found: list[str] = []
    for form, ways_of_it in itertools.groupby(said, key=itemgetter(0)):
        mailbox = spoken(mode)  # it keeps what it hears
        for _, pieces, end in ways_of_it:
            transcript = await mailbox.hears(
                protocol, [*FIRST.get((protocol, mode), []), *pieces], end
            )
            live = "\n".join(entry.text for entry in mailbox.live)
            if shown := shown_in(everything(transcript, live), SECRETS):
                found.append(f"{form}: {pieces} {end} shows {shown}")
    return found


def everything(transcript: Transcript, live: str) -> str:
    kept = "\n".join(entry.text for entry in transcript.lines())
    assert live == kept, "what was shown live is what is kept"
    said = (transcript.masked(step.said.decode()) for step in transcript.steps)
    return "\n".join([kept, *said, *(f"{s.command} {s.mechanism}" for s in transcript.steps)])


@pytest.mark.parametrize(("protocol", "mode"), WHERE)
def test_no_secret_is_shown(protocol: str, mode: str) -> None:
    assert leaks(protocol, mode, SAMPLED, len(protocol + mode)) == []


JWT = "eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJib2IiLCJzY3AiOiJ4In0.c2lnbmF0dXJlLW9m"
"""A token that the mailbox has not issued."""


@pytest.mark.parametrize("cut", range(0, len(JWT), 7))
@pytest.mark.parametrize("before", ["", "x", "a OK it is ", '"token": "'])
def test_of_a_token_that_can_be_read_no_claim_is_shown(before: str, cut: int) -> None:
    """Whoever says it, in one piece or in two."""
    hiding = Hiding(known_secrets(frozenset()))
    whole = f"{before}{JWT}".encode()
    assert hiding.shown(whole + b'", b\r\n') == f'{before}***", b\r\n'.encode()
    pieces = whole[: len(before) + cut], whole[len(before) + cut :] + b" b\r\n"
    shown = b"".join(map(hiding.shown, pieces)).decode()
    assert shown.endswith(" b\r\n")
    assert JWT.split(".")[1][:8] not in shown and JWT.split(".")[1][8:16] not in shown


def test_what_only_begins_like_such_a_token_is_shown() -> None:
    challenge = (
        b"+ eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiQmVhcmVyIiwic2NvcGUiOiJodHRwczovL20ifQ==\r\n"
    )
    assert Hiding(known_secrets(frozenset())).shown(challenge) == challenge


def test_a_server_of_tokens_shows_what_it_says_of_none() -> None:
    """Whoever made them, and however they are written."""
    disclosure = HttpDisclosure("oauth", UserNames([]))
    said = b'{"access_token" : "ya29.x\\"y", "id_token":"z", "expires_in": 3599, "error": "e"}'
    told = b'{"access_token" : "***", "id_token":"***", "expires_in": 3599, "error": "e"}'
    assert disclosure.repeated(said) == told
    assert disclosure.repeated(b"Location: /?code=abc&state=s") == b"Location: /?code=***&state=s"
    assert disclosure.repeated(b"Set-Cookie: a=b; Path=/\r\n") == b"Set-Cookie: ***\r\n"


def test_of_a_request_is_shown_what_is_no_secret() -> None:
    with asyncio.Runner() as runner:
        body = b"grant_type=refresh_token&refresh_token=abc&scope=openid"
        head = b"POST /token HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(body)
        transcript = runner.run(spoken("cleartext").hears("oauth", [head + body]))
    lines = [entry.text for entry in transcript.lines() if entry.direction == "C"]
    assert lines == [
        "POST /token HTTP/1.1",
        "Host: h",
        f"Content-Length: {len(body)}",
        "",
        "grant_type=refresh_token&refresh_token=***&scope=openid",
    ]


def test_a_secret_that_is_shown_is_found() -> None:
    for shape, _ in shapes(KNOWN):
        assert shown_in(f"a NO it is {shape} I think", SECRETS)
