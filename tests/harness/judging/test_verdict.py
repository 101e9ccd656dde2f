"""The verdict: which one is given, in order of precedence, and the violations beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fakeservers.wire.transcript import Step
from harness.contract.answer import NoAnswer
from harness.contract.diagnosis import Diagnosis
from harness.judging.evidence import CheckEvidence
from harness.judging.expectation import Expectation, Fault
from harness.judging.interpret import Reading
from harness.judging.policy import Policy
from harness.judging.verdict import judge
from harness.scenario.model import AlsoAccepted
from harness.taxonomy import DocumentedError

from .made import MESSAGE, connection, fired, login

BOTH = (connection("imap"), connection("smtp"))
REFUSED = Expectation(
    error="unauthorized",
    stage="imap-login",
    cause="bad-credentials",
    fault=Fault("imap", "imap-login", "rule", rules=frozenset({"imap.rules[0]", "imap.rules[1]"})),
    tls_services=frozenset({"imap", "smtp"}),
)
WORKS = Expectation(error="connected", tls_services=frozenset({"imap", "smtp"}))
CURED = Expectation(error="connected", phase="remedy")
MET = CheckEvidence(connections=(fired(rule=1),), logins=(login(),))
UNMET = replace(MET, connections=(connection(),))
ELSEWHERE = replace(MET, connections=(connection(), fired("smtp")))
EARLIER = replace(MET, connections=(fired(at="greeting"),))
SENT = CheckEvidence(connections=BOTH, messages=(MESSAGE,), delivered=True)
RIGHT = Diagnosis(error="unauthorized", stage="imap-login", cause="bad-credentials")
CONNECTED = Diagnosis(error="connected")
CRASHED = NoAnswer("crashed", "raised")
TIMED_OUT = NoAnswer("timed-out", "late")
RUBBISH = NoAnswer("unclear", "returned nothing")
BUG = replace(MET, harness_faults=("imap: KeyError",))
IN_CLEAR = replace(MET, logins=(login(tls=False),))

SENDS_NOT: dict[str, Any] = {"sends": False, "logs_in": ("imap", "smtp")}
BOTH_IN = CheckEvidence(
    connections=BOTH,
    logins=tuple(login(at.service, at.number, outcome="accepted") for at in BOTH),
)
IMAP_IN = replace(BOTH_IN, logins=BOTH_IN.logins[:1])
IN_SMTP = CheckEvidence(connections=BOTH[1:], logins=BOTH_IN.logins[1:])

SMTP_FIRST = replace(REFUSED, parallel=True)
OF_IMAP = replace(SMTP_FIRST, error="imap-authentication-error", cause="rate-limited")
AT_SMTP = CheckEvidence(connections=(fired("smtp"),), logins=(login("smtp"),))
ON_TO_IMAP = replace(AT_SMTP, connections=(fired("smtp"), connection()))
BY_SMTP = RIGHT.model_copy(update={"stage": "smtp-login"})

CASES: dict[str, tuple[Expectation, Diagnosis | NoAnswer, CheckEvidence, str]] = {
    "right": (REFUSED, RIGHT, MET, "passed"),
    "only the error is named": (REFUSED, Diagnosis(error="unauthorized"), MET, "passed"),
    "works": (WORKS, CONNECTED, SENT, "passed"),
    "cured": (CURED, CONNECTED, SENT, "passed"),
    "a bug of ours beats all": (REFUSED, CRASHED, BUG, "harness-error"),
    "crashed beats not met": (REFUSED, CRASHED, CheckEvidence(), "crashed"),
    "timed out beats not met": (REFUSED, TIMED_OUT, CheckEvidence(), "timed-out"),
    "never connected": (REFUSED, RIGHT, CheckEvidence(), "not-exercised"),
    "never fired": (REFUSED, RIGHT, UNMET, "not-exercised"),
    "fired at the other service": (REFUSED, RIGHT, ELSEWHERE, "not-exercised"),
    "fired before the stage": (REFUSED, RIGHT, EARLIER, "not-exercised"),
    "IMAP first, and says what it never asked": (REFUSED, BY_SMTP, AT_SMTP, "not-exercised"),
    "SMTP first, and refused there": (SMTP_FIRST, BY_SMTP, AT_SMTP, "passed"),
    "SMTP first, and names where it was not": (SMTP_FIRST, RIGHT, AT_SMTP, "wrong"),
    "SMTP first, and says connected": (SMTP_FIRST, CONNECTED, AT_SMTP, "missed"),
    "SMTP first, and not refused": (SMTP_FIRST, BY_SMTP, IN_SMTP, "not-exercised"),
    "SMTP first, and refused for a reason of IMAP": (OF_IMAP, BY_SMTP, AT_SMTP, "not-exercised"),
    "SMTP first, then IMAP, and not refused there": (
        SMTP_FIRST,
        BY_SMTP,
        ON_TO_IMAP,
        "not-exercised",
    ),
    "not met beats missed": (REFUSED, CONNECTED, CheckEvidence(), "not-exercised"),
    "not met beats rubbish": (REFUSED, RUBBISH, CheckEvidence(), "not-exercised"),
    "missed": (REFUSED, CONNECTED, MET, "missed"),
    "missed beats misbehaved": (REFUSED, CONNECTED, IN_CLEAR, "missed"),
    "rubbish": (REFUSED, RUBBISH, MET, "unclear"),
    "unclassified": (REFUSED, Diagnosis(error="unclassified"), MET, "unclear"),
    "another error": (REFUSED, Diagnosis(error="test-email-failed"), MET, "wrong"),
    "wrong beats misbehaved": (REFUSED, Diagnosis(error="test-email-failed"), IN_CLEAR, "wrong"),
    "another stage": (REFUSED, RIGHT.model_copy(update={"stage": "smtp-login"}), MET, "wrong"),
    "another cause": (REFUSED, RIGHT.model_copy(update={"cause": "account-locked"}), MET, "wrong"),
    "a candidate": (
        REFUSED,
        RIGHT.model_copy(update={"cause": "unspecified", "candidates": ["bad-credentials"]}),
        MET,
        "passed",
    ),
    "misbehaved": (REFUSED, RIGHT, IN_CLEAR, "misbehaved"),
    "works, but was said not to": (WORKS, RIGHT, SENT, "wrong"),
    "works, but nothing was sent": (WORKS, CONNECTED, BOTH_IN, "misbehaved"),
    "works, but nobody came": (WORKS, CONNECTED, CheckEvidence(), "not-exercised"),
    "not cured": (CURED, RIGHT, SENT, "not-cured"),
    "works, and sends nothing by nature": (
        replace(WORKS, **SENDS_NOT),
        CONNECTED,
        BOTH_IN,
        "passed",
    ),
    "works, and never came to one": (
        replace(WORKS, **SENDS_NOT),
        CONNECTED,
        IMAP_IN,
        "not-exercised",
    ),
    "cured, and sends nothing by nature": (
        replace(CURED, **SENDS_NOT),
        CONNECTED,
        BOTH_IN,
        "passed",
    ),
    "cured, but not logged in to one": (
        replace(CURED, **SENDS_NOT),
        CONNECTED,
        IMAP_IN,
        "not-cured",
    ),
    "not cured beats misbehaved": (
        replace(CURED, tls_services=frozenset({"imap"})),
        CONNECTED,
        IN_CLEAR,
        "not-cured",
    ),
    "cured, but nothing was sent": (CURED, CONNECTED, CheckEvidence(), "not-cured"),
}


@pytest.mark.parametrize("case", CASES)
def test_verdict(case: str) -> None:
    expected, answer, saw, verdict = CASES[case]
    judgement = judge(expected, answer, saw)
    assert judgement.verdict == verdict
    assert bool(judgement.why) == (verdict != "passed")


NO_REASON = replace(
    REFUSED,
    error="imap-authentication-error",
    cause="unspecified",
    also=(
        AlsoAccepted(
            error="unauthorized", stage="imap-login", cause="bad-credentials", reason="a bare NO"
        ),
        AlsoAccepted(error="connected", reason="better than asked"),
    ),
)


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Diagnosis(error="imap-authentication-error"), "passed"),
        (RIGHT, "passed"),
        (Diagnosis(error="unauthorized"), "passed"),
        (Diagnosis(error="unauthorized", cause="unspecified"), "passed"),
        (Diagnosis(error="unauthorized", cause="account-locked"), "wrong"),
        (RIGHT.model_copy(update={"stage": "smtp-login"}), "wrong"),
        (Diagnosis(error="unauthorized-app-password-required"), "wrong"),
    ],
)
def test_another_answer_may_be_right_too_and_the_verdict_says_why(
    answer: Diagnosis, verdict: str
) -> None:
    judgement = judge(NO_REASON, answer, MET)
    assert judgement.verdict == verdict
    if verdict == "passed" and answer.error == "unauthorized":
        assert judgement.why.endswith("which is right, too: a bare NO")


def test_whoever_rightly_connects_logs_in_and_sends() -> None:
    never = replace(NO_REASON, password_never_sent=True, no_test_email=True)
    sent = replace(MET, messages=(MESSAGE,), delivered=True, logins=(login(outcome="accepted"),))
    connected = judge(never, CONNECTED, sent)
    assert (connected.verdict, connected.violations) == ("passed", ())
    assert connected.why == "said connected, which is right, too: better than asked"
    assert judge(never, RIGHT, sent).violations == ("password-sent", "test-email-sent")
    assert violations(never, CONNECTED, replace(sent, delivered=False)) == (
        "test-email-not-delivered",
    )


def test_what_is_accepted_and_then_bounced_was_sent_by_whoever_rightly_connects() -> None:
    bounced = replace(NO_REASON, arrives=False)
    logged_in = replace(MET, logins=(login(outcome="accepted"),))
    assert violations(bounced, CONNECTED, replace(logged_in, messages=(MESSAGE,))) == ()
    assert violations(bounced, CONNECTED, logged_in) == ("test-email-not-delivered",)


@pytest.mark.parametrize(("copies", "told"), [(0, ()), (1, ()), (2, ("sent-copy-twice",))])
def test_a_sent_copy_that_is_filed_twice_is_told(copies: int, told: tuple[str, ...]) -> None:
    judgement = judge(REFUSED, RIGHT, replace(MET, sent_copies=copies))
    assert (judgement.verdict, judgement.notes) == ("passed", told)


@pytest.mark.parametrize(
    ("expected", "vain"),
    [
        (replace(NO_REASON, also=()), True),
        (NO_REASON, False),
        (replace(NO_REASON, also=(), wrong_password=True), False),
        (replace(NO_REASON, also=NO_REASON.also[1:]), True),
        (REFUSED, False),
    ],
)
def test_the_password_is_not_asked_for_in_vain_where_it_may_be_what_is_wrong(
    expected: Expectation, vain: bool
) -> None:
    asks = Diagnosis(error=expected.error, ask_password=True)
    assert ("password-asked-in-vain" in violations(expected, asks, MET)) == vain


def violations(
    expected: Expectation, answer: Diagnosis | NoAnswer, saw: CheckEvidence
) -> tuple[str, ...]:
    return judge(expected, answer, saw).violations


def test_a_password_in_clear_is_none_where_cleartext_was_typed() -> None:
    assert violations(REFUSED, RIGHT, IN_CLEAR) == ("password-in-clear",)
    cleartext = replace(REFUSED, tls_services=frozenset({"smtp"}))
    assert violations(cleartext, RIGHT, IN_CLEAR) == ()


def test_a_password_that_must_not_be_sent() -> None:
    never = replace(REFUSED, password_never_sent=True)
    assert violations(never, RIGHT, MET) == ("password-sent",)
    assert violations(never, RIGHT, replace(MET, logins=())) == ()


def test_a_refused_password_is_not_repeated_at_one_service() -> None:
    once, accepted, elsewhere = login(), login(outcome="accepted"), login("smtp")
    assert violations(REFUSED, RIGHT, replace(MET, logins=(once, elsewhere, accepted))) == ()
    twice = replace(MET, logins=(once, once))
    assert violations(REFUSED, RIGHT, twice) == ("repeated-refused-password",)


def test_nothing_is_sent_when_an_earlier_step_fails() -> None:
    assert violations(REFUSED, RIGHT, replace(MET, messages=(MESSAGE,))) == ("test-email-sent",)
    perhaps = replace(REFUSED, error="test-email-failed", stage="smtp-end-of-data")
    assert violations(perhaps, RIGHT, replace(MET, messages=(MESSAGE,))) == ()
    unmet = replace(MET, messages=(MESSAGE,), connections=UNMET.connections)
    assert violations(REFUSED, RIGHT, unmet) == (), "no step had failed"
    never = replace(perhaps, no_test_email=True)
    assert violations(never, RIGHT, replace(MET, messages=(MESSAGE,))) == ("test-email-sent",)


def test_an_expected_warning_is_given() -> None:
    warned = replace(WORKS, warnings=("certificate-expired",))
    assert violations(warned, CONNECTED, SENT) == ("no-warning:certificate-expired",)
    with_warning = Diagnosis(error="connected", warnings=["certificate-expired", "courier-imap"])
    assert judge(warned, with_warning, SENT).verdict == "passed"


def test_a_second_try_that_was_accepted_is_told() -> None:
    wait = replace(REFUSED, error="imap-authentication-error", cause="rate-limited")
    logins = (login(), login(outcome="accepted"))
    judgement = judge(wait, CONNECTED, replace(MET, logins=logins))
    assert judgement.verdict == "missed" and "retried-at-once" in judgement.violations
    assert judgement.why.endswith("; it tried again at once, and that was accepted")


def words(message: str, error: DocumentedError = "unclassified", **more: object) -> Reading:
    return Reading.model_validate({"error": error, "shows": message, "mapped_by": "m:7", **more})


def refused_with(said: bytes, service: str = "imap") -> CheckEvidence:
    """The log-in was refused with these words."""
    step = Step("login", rules=[f"{service}.rules[0]"], said=bytearray(said))
    return CheckEvidence(connections=(connection(service, steps=[step]),))


AT_SMTP = replace(
    REFUSED,
    stage="smtp-login",
    fault=Fault("smtp", "smtp-login", "rule", rules=frozenset({"smtp.rules[0]"})),
)
IMAP_SAID = refused_with(b"* CAPABILITY IMAP4rev1\r\na1 NO [ALERT] Too many  logins\r\n")
SMTP_SAID = refused_with(b"535-5.7.8 Username not accepted. See\r\n535 5.7.8 our help\r\n", "smtp")


@pytest.mark.parametrize(
    ("expected", "message", "saw"),
    [
        (REFUSED, "The server says: Too many logins (A2)", IMAP_SAID),
        (AT_SMTP, "Username not accepted. See", SMTP_SAID),
        (AT_SMTP, "Invalid login: 535 5.7.8 our\n help", SMTP_SAID),
        (REFUSED, "Go away, now", refused_with(b"* BYE Go away, now\r\n")),
    ],
)
def test_who_claims_nothing_and_shows_the_servers_words(expected, message, saw) -> None:
    judgement = judge(expected, words(message), saw)
    assert (judgement.verdict, judgement.notes) == ("passed", ("claims-nothing",))
    assert judgement.why.startswith("claims nothing, and shows what the server said: ")
    assert judge(expected, words(message), saw, Policy(strict=True)).verdict == "passed"
    must_claim = Policy({"claims-nothing": "error"})
    assert judge(expected, words(message), saw, must_claim).verdict == "misbehaved"
    asks = judge(expected, words(message, ask_password=True), saw)
    assert asks.verdict == "passed", "the password is what is wrong"


@pytest.mark.parametrize(
    ("expected", "answer", "saw", "verdict", "why"),
    [
        (REFUSED, words("Log-in failed"), IMAP_SAID, "unclear", "is not in its message: 'Too many"),
        (REFUSED, words("too many LOGINS"), IMAP_SAID, "unclear", "is not in its message"),
        (REFUSED, words("IMAP4rev1"), IMAP_SAID, "unclear", "is not in its message"),
        (REFUSED, words("NO no"), refused_with(b"a1 NO no\r\n"), "unclear", "nothing that can be"),
        (REFUSED, words("535 5.7.8"), refused_with(b"535 5.7.8\r\n"), "unclear", "nothing that"),
        (REFUSED, words("Username not accepted. See"), SMTP_SAID, "not-exercised", ""),
        (REFUSED, words("Too many logins", stage="smtp-login"), IMAP_SAID, "wrong", "smtp-login"),
        (REFUSED, words("Too many logins", cause="refused"), IMAP_SAID, "wrong", "refused"),
        (WORKS, words("Too many logins"), SENT, "wrong", "said that it failed; by the rule at m:7"),
        (CURED, words("Too many logins"), SENT, "not-cured", "said that it failed"),
    ],
)
def test_who_claims_nothing_and_shows_something_else(expected, answer, saw, verdict, why) -> None:
    judgement = judge(expected, answer, saw)
    assert judgement.verdict == verdict and why in judgement.why
    assert verdict == "wrong" or "claims-nothing" not in judgement.notes


def test_a_failure_names_the_rule_of_the_mapping_that_decided() -> None:
    by = Reading(error="test-email-failed", mapped_by="mapping.yaml:7")
    assert judge(REFUSED, by, MET).why == (
        "said test-email-failed; expected unauthorized; by the rule at mapping.yaml:7"
    )


@pytest.mark.parametrize(
    ("saw", "why"),
    [
        (CheckEvidence(), "the connector never connected to imap"),
        (UNMET, "the connector never came to imap-login at imap"),
        (EARLIER, "the connector never came to imap-login at imap"),
        (
            replace(MET, connections=(fired(rule=7),)),
            "the connector came to imap-login at imap, and left before the fault was delivered",
        ),
    ],
)
def test_it_is_told_how_far_the_connector_came(saw: CheckEvidence, why: str) -> None:
    assert judge(REFUSED, RIGHT, saw).why == why


@pytest.mark.parametrize(("answer", "saw"), [(TIMED_OUT, MET), (RIGHT, UNMET), (CRASHED, MET)])
def test_what_a_case_waits_for_is_said(answer: Diagnosis | NoAnswer, saw: CheckEvidence) -> None:
    why = judge(replace(REFUSED, waits_s=1.0), answer, saw).why
    assert ("waits for the time-out of 1 s that it was told" in why) == (answer is not CRASHED)
    assert "waits" not in judge(REFUSED, answer, saw).why


def test_who_has_time_outs_of_its_own_and_names_the_fault_is_right() -> None:
    slow = replace(REFUSED, answer_within_s=12.0)
    assert judge(slow, RIGHT, replace(MET, seconds=20.0)).verdict == "passed"
    assert judge(slow, RIGHT, replace(MET, seconds=20.0), Policy(strict=True)).violations == (
        "slower-than-its-time-out",
    )


def test_what_its_process_did_wrong_besides() -> None:
    lapsed = replace(MET, lapses=frozenset({"died-afterwards", "did-not-end"}))
    found = judge(REFUSED, RIGHT, lapsed)
    assert found.verdict == "misbehaved"
    assert (found.violations, found.notes) == (("died-afterwards",), ("did-not-end",))
