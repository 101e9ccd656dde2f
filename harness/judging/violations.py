"""What a connector did wrong on the way, whatever it said at the end: read from the wire. Pure.

Each violation is an id, for reports and baselines, with a sentence for people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from harness.contract.answer import NoAnswer
from harness.contract.diagnosis import Diagnosis
from harness.judging.seen import Expectation, Seen, SeenConnection
from harness.taxonomy import Cause

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

SENTENCES: Final = {
    "password-in-clear": "It sent the password in cleartext although TLS was asked for.",
    "certificate-not-verified": "It went on behind a certificate that nobody should trust.",
    "password-after-untrusted-certificate": "It sent the password to a server whose certificate "
    "is not to be trusted, without having been allowed to.",
    "password-sent": "It sent the password where it must not be sent.",
    "starttls-stripping-accepted": "It went on in cleartext where STARTTLS was not to be had.",
    "starttls-injection-accepted": "It went on although text was injected behind STARTTLS.",
    "repeated-refused-password": "It tried a refused password again, which can lock the account.",
    "retried-at-once": "It tried again at once although the server asked it to wait.",
    "too-many-simultaneous-connections": f"It had more than {MOST_CONNECTIONS} connections at a "
    "time.",
    "no-logout": "It left IMAP without LOGOUT.",
    "no-quit": "It left SMTP without QUIT.",
    "connection-left-open": "It left a connection open after it had answered.",
    "slower-than-its-time-out": "It took far longer than the time-out that it was given.",
    "secret-in-answer": "A password or token stands in its answer.",
    "secret-in-output": "A password or token stands in what it printed.",
    "test-email-sent": "It sent a test e-mail although an earlier step had failed.",
    "test-email-not-delivered": "It said connected, but no test e-mail arrived.",
}
"""Every violation. `no-warning:<id>` is one more: a warning that was to be given was not."""


def sentence(violation: str) -> str:
    """What a violation means."""
    name, _, warning = violation.partition(":")
    return f"It did not warn of {warning}." if warning else SENTENCES[name]


def violations(expected: Expectation, answer: Diagnosis | NoAnswer, seen: Seen) -> tuple[str, ...]:
    """The ids of what went wrong, in the order of `SENTENCES`, warnings last."""
    found = [name for name, applies in _CHECKS.items() if applies(expected, answer, seen)]
    if isinstance(answer, Diagnosis):
        missing = [name for name in expected.warnings if name not in answer.warnings]
        found += [f"no-warning:{name}" for name in missing]
    return tuple(found)


Check = Callable[[Expectation, Diagnosis | NoAnswer, Seen], bool]


def _password_in_clear(expected: Expectation, _: object, seen: Seen) -> bool:
    return any(not login.tls and login.service in expected.tls_services for login in seen.logins)


def _untrusted(expected: Expectation, seen: Seen) -> Iterator[SeenConnection]:
    """The connections to the service whose certificate must be refused."""
    if expected.error == "unauthorized-untrusted-certificate":
        yield from _at_service(expected, seen)


def _at_service(expected: Expectation, seen: Seen) -> Iterator[SeenConnection]:
    return (each for each in seen.connections if each.service == expected.service)


def _not_verified(expected: Expectation, _: object, seen: Seen) -> bool:
    return any(connection.verbs_in_tls for connection in _untrusted(expected, seen))


def _password_untrusted(expected: Expectation, _: object, seen: Seen) -> bool:
    refused = {connection.service for connection in _untrusted(expected, seen)}
    return any(login.tls and login.service in refused for login in seen.logins)


def _password_sent(expected: Expectation, answer: object, seen: Seen) -> bool:
    """Where no violation before this one says more exactly what is wrong with it."""
    said = _password_in_clear(expected, answer, seen) or _password_untrusted(expected, answer, seen)
    return expected.password_never_sent and bool(seen.logins) and not said


def _stripping(expected: Expectation, _: object, seen: Seen) -> bool:
    if expected.cause not in _STRIPPED:
        return False
    return any(set(each.verbs_in_clear) - _HARMLESS for each in _at_service(expected, seen))


def _injection(expected: Expectation, _: object, seen: Seen) -> bool:
    if expected.cause != "starttls-injection":
        return False
    return any(each.verbs_in_tls for each in _at_service(expected, seen))


def _repeated(expected: Expectation, _: object, seen: Seen) -> bool:
    if expected.cause in _WAIT | _ANOTHER_WAY:
        return False
    refused = Counter(login.service for login in seen.logins if not login.accepted)
    return any(times > 1 for times in refused.values())


def _retried(expected: Expectation, _: object, seen: Seen) -> bool:
    """Met the fault on a second connection, or tried to log in again on the same one."""
    if expected.cause not in _WAIT:
        return False
    logins = [login for login in seen.logins if login.service == expected.service]
    again = len(logins) > 1 and not logins[0].accepted
    return again or sum(connection.fired for connection in _at_service(expected, seen)) > 1


def _crowded(_: Expectation, __: object, seen: Seen) -> bool:
    """Whether more were open at one moment: at the beginning of one of them, then."""
    return any(
        sum(
            other.began_s <= each.began_s
            and (other.ended_s is None or other.ended_s > each.began_s)
            for other in seen.connections
        )
        > MOST_CONNECTIONS
        for each in seen.connections
    )


def _no_goodbye(verb: str, protocol: str) -> Check:
    """An authenticated session that the client ended without the word for it. Where a fault was
    delivered there may have been nobody left to say it to."""

    def applies(_: Expectation, __: object, seen: Seen) -> bool:
        return any(
            each.logged_in and each.ended_by == "client" and not each.fired
            for each in seen.connections
            if each.protocol == protocol and verb not in (*each.verbs_in_clear, *each.verbs_in_tls)
        )

    return applies


def _left_open(_: Expectation, __: object, seen: Seen) -> bool:
    return any(connection.left_open for connection in seen.connections)


def _slow(expected: Expectation, _: object, seen: Seen) -> bool:
    return expected.answer_within_s is not None and seen.seconds > expected.answer_within_s


def _secret_in_answer(_: Expectation, __: object, seen: Seen) -> bool:
    return "answer" in seen.told_secrets


def _secret_in_output(_: Expectation, __: object, seen: Seen) -> bool:
    return "output" in seen.told_secrets


def _sent(expected: Expectation, _: object, seen: Seen) -> bool:
    """Nothing may be sent when an earlier step fails; after the data it may have been sent. One
    that never met the fault had nothing fail."""
    if expected.faults and not expected.faults.intersection(seen.fired):
        return False
    fails_earlier = expected.error != "connected" and expected.stage != "smtp-end-of-data"
    return bool(seen.messages) and (expected.no_test_email or fails_earlier)


def _not_delivered(expected: Expectation, answer: Diagnosis | NoAnswer, seen: Seen) -> bool:
    connected = isinstance(answer, Diagnosis) and answer.error == "connected" == expected.error
    return connected and expected.phase == "fault" and not seen.delivered


_CHECKS: Final[dict[str, Check]] = {
    "password-in-clear": _password_in_clear,
    "certificate-not-verified": _not_verified,
    "password-after-untrusted-certificate": _password_untrusted,
    "password-sent": _password_sent,
    "starttls-stripping-accepted": _stripping,
    "starttls-injection-accepted": _injection,
    "repeated-refused-password": _repeated,
    "retried-at-once": _retried,
    "too-many-simultaneous-connections": _crowded,
    "no-logout": _no_goodbye("LOGOUT", "imap"),
    "no-quit": _no_goodbye("QUIT", "smtp"),
    "connection-left-open": _left_open,
    "slower-than-its-time-out": _slow,
    "secret-in-answer": _secret_in_answer,
    "secret-in-output": _secret_in_output,
    "test-email-sent": _sent,
    "test-email-not-delivered": _not_delivered,
}
