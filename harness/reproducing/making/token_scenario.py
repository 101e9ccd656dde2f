"""From a token endpoint that gave no token to a scenario in which it gives none; and its cure."""

from __future__ import annotations

from typing import Final

from harness.files.problems import BadInput
from harness.reproducing.dialogue import Happening
from harness.reproducing.failure import Failure
from harness.reproducing.making.compose import PROFILES, Cure, headed, passing
from harness.reproducing.making.token_rule import TokenRefusal
from harness.reproducing.making.words import Composed
from harness.reproducing.nearest import dialect_of
from harness.reproducing.placeholders import Ours, with_placeholders
from harness.scenario.cases import Data, merge
from harness.taxonomy import CERTIFICATE_CAUSES, Advice, Cause

_LISTEN: Final[dict[Happening, str]] = {
    "refused": "refused",
    "unreachable": "black-hole",
    "timeout": "black-hole",
}
_ENDINGS: Final[dict[Happening, Data]] = {
    "closed": {"event": "token-request", "then": "close"},
    "reset": {"event": "token-request", "then": "reset"},
    "tls-error": {"event": "tls", "then": "close"},
}
_HELD: Final[Data] = {"customer": {"oauth2": {"access-token": "none"}}}
"""A product that has to ask for a token."""


def compose_token(
    failure: Failure, how: TokenRefusal | Happening, ours: Ours, origin: str
) -> Composed:
    """The scenario. `how`: what was said in place of a token, or what happened. Raises BadInput
    where there is no way of making it happen."""
    lines = [with_placeholders(line, ours) for line in failure.lines]
    dialect, alike = dialect_of([line for line in lines if "error_description" in line][:1])
    made = Composed({}, dialect, lines, unknown=list(failure.notes))
    if dialect != "plain":
        made.taken.append(f"the dialect {dialect}, whose words are {alike:.0%} alike")
    if isinstance(how, TokenRefusal):
        made.taken.append("the answer of the token endpoint")
        cure = _cure_of_answer(failure)
        rules = [{"when": {"event": "token-request", **cure.when}, "then": how.as_action(ours)}]
        facts: Data = merge(cure.facts, {"oauth": {"rules": rules}})
    else:
        made.taken.append("how the connection ended")
        cure = _cure_of_happening(failure, how)
        facts = cure.facts
    made.data = headed(failure, origin, merge({"dialect": dialect, **_HELD}, facts), cure)
    return made


def _cure_of_answer(failure: Failure) -> Cure:
    """For a refusal: what the product holds is wrong, else circumstances that pass."""
    cause: Cause | None = failure.diagnosis.cause
    if cause == "token-revoked":
        return _held("reconnect-account", "refresh-token", "revoked", "valid")
    if cause == "oauth-client-refused":
        return _held("contact-oauth-client-owner", "client", "wrong-secret", "right")
    return passing(failure.diagnosis)


def _held(advice: Advice, key: str, wrong: str, right: str) -> Cure:
    facts, apply = ({"customer": {"oauth2": {key: value}}} for value in (wrong, right))
    return Cure(advice, apply, {key: wrong}, facts)


def _cure_of_happening(failure: Failure, happened: Happening) -> Cure:
    cause = failure.diagnosis.cause
    if cause in CERTIFICATE_CAUSES:
        profile = PROFILES.get(cause, cause)
        facts: Data = {"oauth": {"certificate": profile}}
        return Cure("check-certificate", {"oauth": {"certificate": "valid"}}, facts=facts)
    if listen := _LISTEN.get(happened):
        facts = {"oauth": {"listen": listen}, "timeout-s": 2}
        return Cure("allow-ip-addresses", {"oauth": {"listen": "listening"}}, facts=facts)
    if ending := _ENDINGS.get(happened):
        passes = passing(failure.diagnosis)
        rule = {"when": {"event": ending["event"], **passes.when}, "then": ending["then"]}
        facts = merge(passes.facts, {"oauth": {"rules": [rule]}})
        return Cure(passes.advice, passes.apply, facts=facts)
    raise BadInput([f"no scenario can be written of it: {happened} at the token endpoint"])
