"""Classification: the first rule that matches decides, and everything else follows from tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from fakeservers.files.patterns import kept_regex
from harness.classify.blame import blames
from harness.classify.documented import advice_for, documented_error, is_exact
from harness.classify.known_texts import known_text
from harness.classify.observation import Observation
from harness.classify.replies.server_reply import ServerReply
from harness.classify.rules import ClassificationRule, matches, rules_for
from harness.classify.sight import Sight, greeting_before_tls, look_at
from harness.contract.diagnosis import Confidence, Diagnosis, Signals
from harness.taxonomy import CAUSES, STAGE_GROUPS, TOKEN_CAUSES, Cause, Stage
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


# What is for good by its words; where the code says that it may pass, it may be no more than that.
_FOR_GOOD: frozenset[Cause] = frozenset(
    {
        "sender-not-allowed",
        "recipient-rejected",
        "message-rejected",
        "relay-denied",
        "ip-blocked",
        "mailbox-unavailable",
    }
)
_SENDING: frozenset[Stage] = frozenset(STAGE_GROUPS["send"])
_OF_AN_ADDRESS: frozenset[Cause] = frozenset(
    {"ip-blocked", "ip-not-allowed", "too-many-connections", "rate-limited", "server-unavailable"}
)
# Rules from here on take what nothing else explains, and speak against nothing.
_FALLBACK = 90
# https://www.postfix.org/SMTPD_POLICY_README.html. What is said of a sender remains of a sender.
_FRAME = kept_regex(
    r"^.*?\b(?:recipient address|data command|end-of-data) rejected:\s+(?=\S)",
    re.IGNORECASE | re.MULTILINE,
)
# What is told by words that many say is sure only where nothing else in the reply says otherwise.
_MAY_BE_DISPUTED: frozenset[Confidence] = frozenset({"generic-text", "inferred"})


def classify(
    observation: Observation, rules: Sequence[ClassificationRule] | None = None
) -> Diagnosis:
    """Say what failed, from what was seen at the first failing stage. Never raises.

    ``rules``: those of this stage, in order, in place of our own.
    """
    sight = seen(observation)
    found = [rule for rule in matching(sight, rules) if not barred(rule, sight)]
    diagnosis = _diagnose(sight, found)
    return diagnosis.model_copy(update={"text": render(diagnosis)})


def matching(
    sight: Sight, rules: Sequence[ClassificationRule] | None = None
) -> list[ClassificationRule]:
    """What matches, in order (``rules``: of these alone).

    The exact text of a dialect comes first, except where a rule finds the text ambiguous and lists
    that meaning among others.
    """
    stage = sight.observation.stage
    tried = rules_for(stage) if rules is None else rules
    each = (*_by_the_reason(sight, tried), *_matching(sight, tried))
    found = list({rule.id: rule for rule in each}.values())
    known = known_text(sight) if rules is None else None
    if known is None:
        return found
    listed = (
        found and found[0].confidence != "inferred" and known.causes[stage] in found[0].candidates
    )
    return [*found, known] if listed else [known, *found]


def _matching(sight: Sight, rules: Iterable[ClassificationRule]) -> Iterator[ClassificationRule]:
    return (rule for rule in rules if matches(rule, sight))


def _by_the_reason(
    sight: Sight, rules: Iterable[ClassificationRule]
) -> Iterator[ClassificationRule]:
    """What matches the reason alone that stands behind `Recipient address rejected:` and the like.

    Postfix puts that before whatever a policy daemon says at this command, of whomever it speaks.
    """
    words = _FRAME.sub("", sight.reply.words)
    if words == sight.reply.words:
        return
    reason = replace(sight, reply=replace(sight.reply, words=words))
    yield from (rule for rule in _matching(reason, rules) if rule.tier < _FALLBACK)


def seen(observation: Observation) -> Sight:
    """What was seen, taken apart. A server may refuse an address in cleartext on the port that
    begins with TLS, as OpenSMTPD's filters do: that is a greeting, and the port may be right. Any
    other refusal there may be of our ClientHello, by a port without TLS."""
    greeting = greeting_before_tls(observation)
    if greeting is None:
        return look_at(observation)
    sight = look_at(greeting)
    rule = next(iter(matching(sight)), None)
    of_address = rule is not None and rule.causes[greeting.stage] in _OF_AN_ADDRESS
    return sight if of_address else look_at(observation)


def explain(protocol: str, stage: str, reply_text: str | bytes) -> Diagnosis:
    """Say what a server's reply at ``stage`` means; parameters and errors are ``observe``'s."""
    from harness.classify.pasted import observe  # only now: a check has no use for it

    return classify(observe(protocol, stage, reply_text))


def barred(rule: ClassificationRule, sight: Sight) -> bool:
    """Is this a rule that would ask for the password, and may it not be asked for? Not where none
    was given."""
    if not CAUSES[rule.causes[sight.observation.stage]].ask:
        return False
    return (
        sight.observation.by_token
        or sight.reply.temporary
        or not blames(sight.reply.words, rule.words_pattern)
    )


def _diagnose(sight: Sight, found: Sequence[ClassificationRule]) -> Diagnosis:
    """The first of the rules that were found decides."""
    stage, reply = sight.observation.stage, sight.reply
    rule = found[0] if found else None
    cause: Cause = rule.causes[stage] if rule else "unspecified"
    error = (rule.error if rule else None) or documented_error(
        stage, cause, temporary=reply.temporary, answered=sight.kind == "reply"
    )
    candidates, confidence = _candidates(sight, found, cause)
    return Diagnosis(
        error=error,
        stage=stage,
        cause=cause,
        exact=is_exact(stage, error, cause) and (rule is None or rule.exact),
        candidates=list(candidates),
        confidence=confidence,
        retryable=_retryable(sight, cause),
        ask_password=_may_ask(rule, cause, reply),
        owner=next(iter(CAUSES[cause].owners), None),
        warnings=list(sight.observation.warnings),
        evidence=_signals(sight),
        advice=advice_for(error, cause, by_token=sight.observation.by_token),
        rule=rule.id if rule else None,
        other_rules=[other.id for other in found[1:]],
    )


def _candidates(
    sight: Sight, found: Sequence[ClassificationRule], cause: Cause
) -> tuple[tuple[Cause, ...], Confidence]:
    rule = found[0] if found else None
    candidates = (*rule.candidates, *_disputed(sight, found)) if rule else ()
    if sight.observation.by_token:
        candidates = _about_token(candidates, sight)
    if candidates and cause not in candidates:
        candidates = (cause, *candidates)
    if sight.reply.temporary and cause in _FOR_GOOD and sight.observation.stage in _SENDING:
        candidates = (*(candidates or (cause,)), "temporary-failure")
    candidates = tuple(dict.fromkeys(candidates))
    if cause == "bad-credentials" and sight.observation.imap_accepted_login:
        rest = tuple(other for other in candidates if other not in _SMTP_SPECIFIC)
        return (*_SMTP_SPECIFIC, *(rest or (cause,))), "inferred"
    return candidates, rule.confidence if rule else "inferred"


def _disputed(sight: Sight, found: Sequence[ClassificationRule]) -> Iterator[Cause]:
    """What other evidence in the same reply says: other words, or a code of one meaning. Not that
    of a whole class of replies, nor wrong credentials where words tell of something else."""
    if found[0].confidence not in _MAY_BE_DISPUTED:
        return
    for other in found[1:]:
        speaks = other.words or other.signals.keys() & {"response_code", "enhanced_code"}
        cause = other.causes[sight.observation.stage]
        if other.tier < _FALLBACK and speaks and not CAUSES[cause].ask and cause != "unspecified":
            yield cause


def _about_token(candidates: tuple[Cause, ...], sight: Sight) -> tuple[Cause, ...]:
    """What is said of wrong credentials, and of other things, is said of tokens here. IMAP took
    the very token that SMTP refuses: then SMTP may be switched off."""
    told: list[Cause] = [
        each for cause in candidates for each in (TOKEN_CAUSES if CAUSES[cause].ask else (cause,))
    ]
    specific = sight.observation.imap_accepted_login and set(TOKEN_CAUSES) <= set(told)
    return ("smtp-auth-disabled", *told) if specific else tuple(told)


def _may_ask(rule: ClassificationRule | None, cause: Cause, reply: ServerReply) -> bool:
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


def _signals(sight: Sight) -> Signals:
    observation, reply = sight.observation, sight.reply
    return Signals(
        lines=list(reply.lines),
        reply_code=reply.reply_code,
        enhanced_code=reply.enhanced_code,
        response_code=reply.response_code,
        verify_code=observation.verify_code,
        tls_alert=sight.alert,
        errno=observation.errno,
    )
