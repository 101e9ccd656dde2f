"""Classification: the first rule that matches decides, and everything else follows from tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.classify.advise import advice_for
from harness.classify.documented import documented_error, is_exact
from harness.classify.imap_response import read_imap
from harness.classify.match import Sight, matches
from harness.classify.observation import Observation
from harness.classify.server_reply import Reply
from harness.classify.rules import Rule, rules_for
from harness.classify.smtp_reply import read_smtp
from harness.classify.wording import decodings, searchable, urls_in
from harness.contract.diagnosis import Confidence, Diagnosis, Evidence
from harness.taxonomy import CAUSES, Cause, Protocol, protocol_of
from harness.texts import render

# At these causes the SMTP reply code says whether the same may succeed later (RFC 5321 4.2.1).
_RETRY_BY_REPLY: frozenset[Cause] = frozenset(
    {
        "account-locked",
        "rate-limited",
        "quota-exceeded",
        "mailbox-unavailable",
        "message-too-large",
        "message-rejected",
        "temporary-failure",
    }
)
# IMAP accepted the very pair that SMTP refuses, so these come before "bad credentials".
_SMTP_SPECIFIC: tuple[Cause, ...] = (
    "smtp-auth-disabled",
    "custom-username-required",
    "app-password-required",
)


def classify(observation: Observation, rules: Sequence[Rule] | None = None) -> Diagnosis:
    """Say what failed, from what was seen at the first failing stage. Never raises.

    ``rules``: those of this stage, in order, in place of our own.
    """
    sight = look_at(observation)
    tried = rules_for(observation.stage) if rules is None else rules
    found = [rule for rule in tried if matches(rule, sight) and not barred(rule, sight)]
    rule = found[0] if found else None
    cause: Cause = rule.causes[observation.stage] if rule else "unspecified"
    diagnosis = _diagnose(sight, rule, cause)
    others = [other.id for other in found[1:]]
    diagnosis = diagnosis.model_copy(update={"other_rules": others})
    return diagnosis.model_copy(update={"text": render(diagnosis)})


def look_at(observation: Observation) -> Sight:
    """What was seen, its lines taken apart."""
    return Sight(observation, read_reply(protocol_of(observation.stage), observation.lines))


def barred(rule: Rule, sight: Sight) -> bool:
    """A temporary refusal never becomes a reason to ask for the password."""
    return sight.reply.temporary and CAUSES[rule.causes[sight.observation.stage]].ask


def read_reply(protocol: Protocol, lines: tuple[bytes, ...]) -> Reply:
    """Take the lines of one answer apart. Never raises, whatever the bytes are."""
    raw = [line.rstrip(b"\r\n") for line in lines if line.strip()]
    read = read_imap if protocol == "imap" else read_smtp
    readings = decodings(raw)
    replies = [read(reading) for reading in readings]
    return replace(
        replies[0],
        lines=tuple(readings[0]),
        words=searchable(reply.words for reply in replies),
        urls=urls_in(" ".join(readings[0])),
    )


def _diagnose(sight: Sight, rule: Rule | None, cause: Cause) -> Diagnosis:
    stage = sight.observation.stage
    reply = sight.reply
    derived = documented_error(
        stage, cause, temporary=reply.temporary, answered=sight.kind == "reply"
    )
    error = (rule.error if rule else None) or derived
    exact = is_exact(stage, error, cause)
    candidates, confidence = _candidates(sight, rule, cause)
    return Diagnosis(
        error=error,
        stage=stage,
        cause=cause,
        exact=exact if rule is None or rule.exact is None else rule.exact,
        candidates=list(candidates),
        confidence=confidence,
        retryable=_retryable(sight, cause),
        ask_password=_may_ask(rule, cause, reply),
        owner=CAUSES[cause].owners[0] if CAUSES[cause].owners else None,
        warnings=list(sight.observation.warnings),
        evidence=_evidence(sight),
        advice=advice_for(error, cause),
        rule=rule.id if rule else None,
    )


def _candidates(
    sight: Sight, rule: Rule | None, cause: Cause
) -> tuple[tuple[Cause, ...], Confidence]:
    candidates = rule.candidates if rule else ()
    if candidates and cause not in candidates:
        candidates = (cause, *candidates)
    if cause == "bad-credentials" and sight.observation.imap_accepted_login:
        rest = tuple(other for other in candidates if other not in _SMTP_SPECIFIC)
        return (*_SMTP_SPECIFIC, *(rest or (cause,))), "inferred"
    return candidates, rule.confidence if rule else "inferred"


def _may_ask(rule: Rule | None, cause: Cause, reply: Reply) -> bool:
    if reply.temporary:
        return False
    if rule is not None and rule.ask is not None:
        return rule.ask
    return CAUSES[cause].ask


def _retryable(sight: Sight, cause: Cause) -> bool:
    stage, reply = sight.observation.stage, sight.reply
    if stage == "smtp-end-of-data" and sight.kind != "reply":
        return False  # the message may have been sent (RFC 1047)
    retry = CAUSES[cause].retry
    decided_by_reply = stage.startswith("smtp-") and reply.reply_code is not None
    if retry is None or (decided_by_reply and cause in _RETRY_BY_REPLY and stage != "smtp-login"):
        return reply.temporary
    return retry


def _evidence(sight: Sight) -> Evidence:
    observation, reply = sight.observation, sight.reply
    return Evidence(
        lines=list(reply.lines),
        reply_code=reply.reply_code,
        enhanced_code=reply.enhanced_code,
        response_code=reply.response_code,
        verify_code=observation.verify_code,
        tls_alert=sight.alert,
        errno=observation.errno,
    )
