"""What a connector did wrong on the way, whatever it said at the end: read from the wire. Pure.

Each violation is an id, for reports and baselines, with a sentence for people.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from fakeservers.wire.transcript import Transcript
from harness.contract.answer import Lapse, NoAnswer
from harness.contract.diagnosis import Diagnosis
from harness.judging.evidence import CheckEvidence
from harness.judging.expectation import Expectation
from harness.judging.interpret import Reading
from harness.judging.proof import shown_words, unproven
from harness.taxonomy import CAUSES, Cause
from harness.texts import load_report_texts

MOST_CONNECTIONS: Final = 5
"""As many at a time as the article's technical requirements promise."""
_WAIT: Final[frozenset[Cause | None]] = frozenset(
    {"too-many-connections", "temporary-failure", "rate-limited", "server-unavailable"}
)
"""Causes at which the server asks to be left alone for a while."""
_ANOTHER_WAY: Final[frozenset[Cause | None]] = frozenset(
    {"auth-mechanism-unsupported", "tls-required"}
)
"""Causes at which the way to log in was refused, not the password: RFC 4954 section 4 (504, 538)
leaves it to the client to try another."""
_STRIPPED: Final[frozenset[Cause | None]] = frozenset({"starttls-not-offered", "starttls-refused"})
_HARMLESS: Final = frozenset(
    {"CAPABILITY", "NOOP", "ID", "STARTTLS", "LOGOUT", "EHLO", "HELO", "RSET", "QUIT"}
)
"""Commands that give nothing away in cleartext."""
_WITH_MECHANISM: Final = frozenset({"AUTHENTICATE", "AUTH"})
_TOKEN_MECHANISMS: Final = frozenset({"XOAUTH2", "OAUTHBEARER"})
"""The ways to log in with a token."""
_ASKS: Final = frozenset({"CAPABILITY", "EHLO", "HELO"})


def sentence(violation: str, language: str = "en") -> str:
    """What a violation means. `no-warning:<id>` is one, too: a warning was to be given, and was
    not."""
    name, _, warning = violation.partition(":")
    texts = load_report_texts(language)
    if warning:
        return str(texts["no-warning"].format(warning=warning))
    return str(texts["violations"][name])


def violations(
    expected: Expectation, answer: Diagnosis | NoAnswer, saw: CheckEvidence
) -> tuple[str, ...]:
    """The ids of what went wrong, in the order of `_CHECKS`, warnings last."""
    found = [name for name, applies in _CHECKS.items() if applies(expected, answer, saw)]
    if isinstance(answer, Diagnosis):
        missing = [name for name in expected.warnings if name not in answer.warnings]
        found += [f"no-warning:{name}" for name in missing]
    return tuple(found)


Check = Callable[[Expectation, Diagnosis | NoAnswer, CheckEvidence], bool]


def _password_in_clear(expected: Expectation, _: object, saw: CheckEvidence) -> bool:
    return any(not login.tls and login.service in expected.tls_services for login in saw.logins)


def _untrusted(expected: Expectation, saw: CheckEvidence) -> Iterator[Transcript]:
    """The connections to the service whose certificate must be refused."""
    if expected.error == "unauthorized-untrusted-certificate":
        yield from saw.at(expected.service)


def _rightly_connected(expected: Expectation, answer: object) -> bool:
    """Whether it says that it got through, and that is right, too: then it had to log in."""
    connected = isinstance(answer, Diagnosis) and answer.error == "connected"
    return connected and "connected" in expected.errors


def _not_verified(expected: Expectation, answer: object, saw: CheckEvidence) -> bool:
    if _rightly_connected(expected, answer):
        return False
    return any(connection.commands(tls=True) for connection in _untrusted(expected, saw))


def _password_untrusted(expected: Expectation, answer: object, saw: CheckEvidence) -> bool:
    if _rightly_connected(expected, answer):
        return False
    refused = {connection.service for connection in _untrusted(expected, saw)}
    return any(login.tls and login.service in refused for login in saw.logins)


def _password_sent(expected: Expectation, answer: object, saw: CheckEvidence) -> bool:
    """Where no violation before this one says more exactly what is wrong with it."""
    if _rightly_connected(expected, answer):
        return False
    checks = (_password_in_clear, _password_untrusted, _injection)
    said = any(check(expected, answer, saw) for check in checks)
    sent = any(login.service == expected.service for login in saw.logins)
    return expected.password_never_sent and sent and not said


def _stripping(expected: Expectation, _: object, saw: CheckEvidence) -> bool:
    if expected.cause not in _STRIPPED:
        return False
    return any(set(each.commands(tls=False)) - _HARMLESS for each in saw.at(expected.service))


def _injection(expected: Expectation, _: object, saw: CheckEvidence) -> bool:
    if expected.cause != "starttls-injection":
        return False
    return any(_used_injected(expected, each) for each in saw.at(expected.service))


def _used_injected(expected: Expectation, connection: Transcript) -> bool:
    """Whether it took what was injected for the server's word: it tried a mechanism that only the
    injected text offers, or it went on inside TLS without having asked anew what is offered
    (RFC 3207, 4.2; RFC 9051, 6.2.1)."""
    offered = expected.fault.mechanisms if expected.fault else ()
    tried = {step.mechanism for step in connection.steps if step.command in _WITH_MECHANISM}
    if offered and tried - {"", *offered}:
        return True
    inside = connection.commands(tls=True)
    went_on = next((n for n, command in enumerate(inside) if command not in _HARMLESS), None)
    return went_on is not None and _ASKS.isdisjoint(inside[:went_on])


def _repeated(expected: Expectation, _: object, saw: CheckEvidence) -> bool:
    """A token that was renewed is another one."""
    if expected.cause in _WAIT | _ANOTHER_WAY:
        return False
    renewed = sum(request.outcome != "refused" for request in saw.token_requests)
    refused = Counter(login.service for login in saw.logins if login.outcome != "accepted")
    return any(times > 1 + renewed for times in refused.values())


def _expired_token_sent(expected: Expectation, _: object, saw: CheckEvidence) -> bool:
    """Although it was told that it has expired, and could have asked for another."""
    if expected.tokens is None or not (expected.tokens.spent and expected.tokens.renewable):
        return False
    asked_s = min((request.at_s for request in saw.token_requests), default=float("inf"))
    return any(each.password == "token-expired" and each.at_s < asked_s for each in saw.logins)


def _renewed_in_a_loop(expected: Expectation, _: object, saw: CheckEvidence) -> bool:
    """More often than there was reason to: a token that was missing, and one for each refusal. Who
    asks both services at a time may need one for each; and who was refused because of how it said
    who it is may say so once more, in the header (RFC 6749, 2.3.1)."""
    missing = bool(expected.tokens and expected.tokens.spent) * (1 + expected.parallel)
    refused = sum(login.outcome != "accepted" for login in saw.logins)
    asked = saw.token_requests
    again = sum(
        later.basic and not earlier.basic and earlier.outcome != "issued"
        for earlier, later in itertools.pairwise(asked)
    )
    return len(asked) - min(again, 1) > max(1, missing + refused)


def _secret_sent_elsewhere(_: Expectation, __: object, saw: CheckEvidence) -> bool:
    return any(login.password in ("refresh-token", "client-secret") for login in saw.logins)


def _voided_token_used(_: Expectation, __: object, saw: CheckEvidence) -> bool:
    return any(request.voided for request in saw.token_requests)


def _password_for_token(expected: Expectation, _: object, saw: CheckEvidence) -> bool:
    """Whether it logged in as with a password, be it with the token in its place."""
    if expected.tokens is None:
        return False
    return any(login.mechanism not in _TOKEN_MECHANISMS for login in saw.logins)


def _retried(expected: Expectation, _: object, saw: CheckEvidence) -> bool:
    """Met the fault on a second connection, or tried to log in again on the same one."""
    if expected.cause not in _WAIT:
        return False
    logins = [login for login in saw.logins if login.service == expected.service]
    again = len(logins) > 1 and logins[0].outcome != "accepted"
    return again or sum(bool(connection.fired) for connection in saw.at(expected.service)) > 1


def _crowded(_: Expectation, __: object, saw: CheckEvidence) -> bool:
    """Whether more were open at one moment: at the beginning of one of them, then."""
    return any(
        sum(
            other.began_s <= each.began_s
            and (other.ended_s is None or other.ended_s > each.began_s)
            for other in saw.connections
        )
        > MOST_CONNECTIONS
        for each in saw.connections
    )


def _no_goodbye(verb: str, protocol: str) -> Check:
    """An authenticated session that the client ended without the word for it. Where a fault was
    delivered there may have been nobody left to say it to."""

    def applies(_: Expectation, __: object, saw: CheckEvidence) -> bool:
        inside = {login.connection for login in saw.logins if login.outcome == "accepted"}
        return any(
            each.number in inside and each.ended_by == "client" and not each.fired
            for each in saw.connections
            if each.protocol == protocol and verb not in each.commands()
        )

    return applies


def _left_open(_: Expectation, __: object, saw: CheckEvidence) -> bool:
    return bool(saw.left_open)


def _slow(expected: Expectation, _: object, saw: CheckEvidence) -> bool:
    return expected.answer_within_s is not None and saw.seconds > expected.answer_within_s


def _lapsed(lapse: Lapse) -> Check:
    def applies(_: Expectation, __: object, saw: CheckEvidence) -> bool:
        return lapse in saw.lapses

    return applies


def _secret_in_answer(_: Expectation, __: object, saw: CheckEvidence) -> bool:
    return "answer" in saw.told_secrets


def _secret_in_output(_: Expectation, __: object, saw: CheckEvidence) -> bool:
    return "output" in saw.told_secrets


def _sent(expected: Expectation, answer: object, saw: CheckEvidence) -> bool:
    """Nothing may be sent when an earlier step fails; after the data it may have been sent. One
    that never met the fault had nothing fail."""
    if expected.fault and unproven(expected.fault, saw):
        return False
    if _rightly_connected(expected, answer):
        return False
    if expected.parallel and (expected.stage or "").startswith("imap"):
        return False  # nothing of IMAP comes before SMTP
    fails_earlier = expected.error != "connected" and expected.stage != "smtp-end-of-data"
    return bool(saw.messages) and (expected.no_test_email or fails_earlier)


def _not_delivered(expected: Expectation, answer: Diagnosis | NoAnswer, saw: CheckEvidence) -> bool:
    connected = _rightly_connected(expected, answer)
    there = saw.delivered if expected.arrives else bool(saw.messages)
    return connected and expected.sends and expected.phase == "fault" and not there


def _filed_twice(_: Expectation, __: object, saw: CheckEvidence) -> bool:
    return saw.sent_copies > 1


def _asked_in_vain(expected: Expectation, answer: Diagnosis | NoAnswer, _: object) -> bool:
    """The commonest lie of all: the customer types a password that was right."""
    if not isinstance(answer, Diagnosis) or not answer.ask_password or expected.wrong_password:
        return False
    causes = {expected.cause, *(also.cause for also in expected.also)} - {None}
    return bool(causes) and not any(CAUSES[cause].ask for cause in causes if cause)


def _claims_nothing(
    expected: Expectation, answer: Diagnosis | NoAnswer, saw: CheckEvidence
) -> bool:
    if not isinstance(answer, Reading) or answer.shows is None or expected.fault is None:
        return False
    return bool(shown_words(expected.fault, answer.shows, saw))


_CHECKS: Final[dict[str, Check]] = {
    "password-in-clear": _password_in_clear,
    "certificate-not-verified": _not_verified,
    "password-after-untrusted-certificate": _password_untrusted,
    "password-sent": _password_sent,
    "starttls-stripping-accepted": _stripping,
    "starttls-injection-accepted": _injection,
    "repeated-refused-password": _repeated,
    "password-instead-of-token": _password_for_token,
    "token-secret-sent-elsewhere": _secret_sent_elsewhere,
    "expired-token-sent": _expired_token_sent,
    "token-renewed-in-a-loop": _renewed_in_a_loop,
    "voided-refresh-token-used": _voided_token_used,
    "retried-at-once": _retried,
    "too-many-simultaneous-connections": _crowded,
    "no-logout": _no_goodbye("LOGOUT", "imap"),
    "no-quit": _no_goodbye("QUIT", "smtp"),
    "connection-left-open": _left_open,
    "slower-than-its-time-out": _slow,
    "died-afterwards": _lapsed("died-afterwards"),
    "did-not-end": _lapsed("did-not-end"),
    "secret-in-answer": _secret_in_answer,
    "secret-in-output": _secret_in_output,
    "test-email-sent": _sent,
    "test-email-not-delivered": _not_delivered,
    "sent-copy-twice": _filed_twice,
    "password-asked-in-vain": _asked_in_vain,
    "claims-nothing": _claims_nothing,
}
