"""Does a rule match what was seen? One small function for each kind of signal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from harness.classify.observation import Observation
from harness.classify.server_reply import Reply
from harness.classify.rules import Rule
from harness.classify.sight import recognise
from harness.classify.tls import alert_name


@dataclass(frozen=True)
class Sight:
    """An observation together with its lines taken apart."""

    observation: Observation
    reply: Reply

    @property
    def kind(self) -> str:
        """A reply beats a later disconnect; an alert may hide in a TLS error's reason."""
        if self.reply.refused:
            return "reply"
        if self.observation.kind == "tls-error" and self.alert:
            return "tls-alert"
        return self.observation.kind

    @property
    def alert(self) -> str | None:
        return alert_name(self.observation.alert, self.observation.tls_reason)

    @property
    def service(self) -> str | None:
        lines = self.observation.lines
        return recognise(self.observation.raw or (lines[0] if lines else b""))


def matches(rule: Rule, sight: Sight) -> bool:
    """All signals of the rule hold, its words are there, and none that speak against it."""
    if sight.kind not in rule.signals.get("kind", ("reply",)):
        return False
    if not all(_TESTS[name](values, sight) for name, values in rule.signals.items()):
        return False
    reply = sight.reply
    if rule.words_pattern and not rule.words_pattern.search(reply.words):
        return False
    if rule.urls_pattern and not rule.urls_pattern.search(reply.urls):
        return False
    return not (rule.unless_pattern and rule.unless_pattern.search(reply.words))


def met(rule: Rule, sight: Sight) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Of each signal of a rule that matches, the values that were seen."""
    for name, values in rule.signals.items():
        yield name, tuple(value for value in values if _TESTS[name]((value,), sight))


def _reply_code(wanted: tuple[str, ...], sight: Sight) -> bool:
    """ "535", or a range such as "5yz" or "53z"."""
    if sight.reply.reply_code is None:
        return False
    code = str(sight.reply.reply_code)
    return any(code.startswith(pattern.rstrip("yz")) for pattern in wanted)


def _enhanced_code(wanted: tuple[str, ...], sight: Sight) -> bool:
    """ "5.7.8", "x.7.8" whatever the class, or "none" for a reply without one."""
    code = sight.reply.enhanced_code
    if code is None:
        return "none" in wanted
    return code in wanted or f"x{code[1:]}" in wanted


def _response_code(wanted: tuple[str, ...], sight: Sight) -> bool:
    return any(code in wanted for code in sight.reply.response_codes)


def _capability(wanted: tuple[str, ...], sight: Sight) -> bool:
    known = (*sight.reply.capabilities, *sight.observation.capabilities)
    return any(name.upper() in wanted for name in known)


def _missing(wanted: tuple[str, ...], sight: Sight) -> bool:
    missing = (sight.observation.missing or "").upper()
    return any(missing.startswith(name) for name in wanted)


def _value(get: Callable[[Sight], object]) -> Callable[[tuple[str, ...], Sight], bool]:
    return lambda wanted, sight: str(get(sight)) in wanted


_TESTS: Final[Mapping[str, Callable[[tuple[str, ...], Sight], bool]]] = {
    "kind": _value(lambda sight: sight.kind),
    "status": _value(lambda sight: sight.reply.status),
    "response_code": _response_code,
    "capability": _capability,
    "reply_code": _reply_code,
    "enhanced_code": _enhanced_code,
    "verify_code": _value(lambda sight: sight.observation.verify_code),
    "alert": _value(lambda sight: sight.alert),
    "tls_reason": _value(lambda sight: sight.observation.tls_reason),
    "service": _value(lambda sight: sight.service),
    "security": _value(lambda sight: sight.observation.security),
    "tls": _value(lambda sight: sight.observation.tls),
    "missing": _missing,
}
