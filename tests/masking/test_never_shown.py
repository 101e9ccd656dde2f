"""No transcript shows a secret: in whatever form it is told, wherever the wire is cut, however it
ends, whatever came along with it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable, Iterator
from operator import itemgetter

import pytest

from fakeservers.spec import Account, MailboxSpec
from fakeservers.wire.transcript import Transcript
from tests.masking.forms import LONG, UNKNOWN, anywhere, shapes, shown_in, told
from tests.masking.spoken import End, Spoken

KNOWN = Account().password
SECRETS = (UNKNOWN, LONG, KNOWN)
MODES = ("cleartext", "starttls", "implicit-tls")
SAMPLED = 41
"""Every so manieth way is tried; all of them: `python -m tests.masking`."""
ENDS: tuple[End, End] = ("FIN", "RST")
SAID = {
    **{f"{form}, wrong": line for form, line in told(UNKNOWN).items()},
    **{f"{form}, right": line for form, line in told(KNOWN).items()},
    **anywhere(KNOWN),
}
NEXT = {"imap": (b"n NOOP\r\n", b"z LOGOUT\r\n"), "smtp": (b"NOOP\r\n", b"QUIT\r\n")}
FIRST = {
    ("imap", "starttls"): [b"s STARTTLS\r\n"],
    ("smtp", "starttls"): [b"EHLO x\r\n", b"STARTTLS\r\n"],
}


def spoken(mode: str) -> Spoken:
    services = {
        name: {"protocol": name, "security": mode, "pauses": False} for name in ("imap", "smtp")
    }
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
    for form, line in SAID.items():
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


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("protocol", ["imap", "smtp"])
def test_no_secret_is_shown(protocol: str, mode: str) -> None:
    assert leaks(protocol, mode, SAMPLED, len(protocol + mode)) == []


def test_a_secret_that_is_shown_is_found() -> None:
    for shape, _ in shapes(KNOWN):
        assert shown_in(f"a NO it is {shape} I think", SECRETS)
