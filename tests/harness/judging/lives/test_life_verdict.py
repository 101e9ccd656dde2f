"""What counts of a life while the mailbox fails, and what after it was cured."""

from __future__ import annotations

import pytest

from fakeservers.wire.transcript import Step, Transcript
from harness.contract.diagnosis import Diagnosis
from harness.contract.staying import Failing, Pace
from harness.judging.evidence import CheckEvidence
from harness.judging.expectation import Expectation, Fault
from harness.judging.lives.diary import Diary, Happened, HeardState, LifeSight
from harness.judging.lives.life_verdict import life_judgement

ERROR = "unauthorized-untrusted-certificate"
EXPECTED = Expectation(
    *(ERROR, "imap-tls", "certificate-expired"),  # type: ignore[arg-type]
    fault=Fault("imap", "imap-tls", "tls"),
)
BREAKS, CURED, CAME_S = 1.0, 4.0, 3.9


def judged(asked_s: float, *fired: str) -> str:
    """The verdict where a connection that came just before the cure gave a command at this time.
    `fired`: what it met."""
    step = Step("command", "CAPABILITY", tls=True, at_s=asked_s - CAME_S)
    came = Transcript(
        *(0, "imap", "imap", "127.0.0.1:1"), fired=[*fired], began_s=CAME_S, steps=[step]
    )
    read = Diagnosis.model_validate({"error": ERROR, "cause": "certificate-expired"})
    diary = Diary(
        heard=[HeardState(2.0, Failing(error=ERROR), read)],
        happened=[Happened(BREAKS, 1, "change"), Happened(CURED, 2, "remedy")],
    )
    sight = LifeSight(9.0, diary, (came,))
    saw = CheckEvidence(connections=(came,))
    return life_judgement(EXPECTED, None, sight, saw, Pace()).verdict


@pytest.mark.parametrize(
    ("asked_s", "fired", "verdict"),
    [
        (5.0, (), "passed"),  # the handshake was begun once it was cured
        (5.0, ("imap.certificate",), "misbehaved"),
        (3.95, (), "misbehaved"),
    ],
)
def test_a_handshake_behind_the_cure_is_with_a_mailbox_that_works(
    asked_s: float, fired: tuple[str, ...], verdict: str
) -> None:
    assert judged(asked_s, *fired) == verdict
