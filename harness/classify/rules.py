"""The classification rules. A rule is data: what it looks at, and what that means."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final, cast

from fakeservers.files.kept import kept
from fakeservers.files.packaged import packaged_yaml
from fakeservers.files.patterns import KeptPatterns, kept_regex
from harness.classify.sight import Sight, recognise
from harness.contract.diagnosis import Confidence
from harness.taxonomy import STAGE_GROUPS, STAGES, Cause, DocumentedError, Stage

_PIECE = kept_regex(r"\{([a-z-]+)\}")


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
    """ "LIMIT", or "any" for a reply that has one."""
    codes = sight.reply.response_codes
    return any(code in wanted for code in codes) or ("any" in wanted and bool(codes))


def _capability(wanted: tuple[str, ...], sight: Sight) -> bool:
    known = (*sight.reply.capabilities, *sight.observation.capabilities)
    return any(name.upper() in wanted for name in known)


def _missing(wanted: tuple[str, ...], sight: Sight) -> bool:
    missing = (sight.observation.missing or "").upper()
    return any(missing.startswith(name) for name in wanted)


def _value(get: Callable[[Sight], object]) -> Callable[[tuple[str, ...], Sight], bool]:
    return lambda wanted, sight: str(get(sight)) in wanted


_SIGNALS: Final[Mapping[str, Callable[[tuple[str, ...], Sight], bool]]] = {
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
    "raw": _value(lambda sight: recognise(sight.observation.raw)),
    "security": _value(lambda sight: sight.observation.security),
    "tls": _value(lambda sight: sight.observation.tls),
    "by_token": _value(lambda sight: sight.observation.by_token),
    "missing": _missing,
}


@dataclass(frozen=True)
class ClassificationRule:
    """One classification rule.

    All its signals must hold; of the values of one signal, one is enough. ``causes`` gives the
    cause for each stage at which the rule applies. ``unless`` are words that speak against it.
    ``about`` says what the rules of its tier are. ``exact``: False where the same words are said of
    other things, too.
    """

    id: str
    tier: int
    about: str
    causes: Mapping[Stage, Cause]
    signals: Mapping[str, tuple[str, ...]]
    words: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    candidates: tuple[Cause, ...] = ()
    error: DocumentedError | None = None
    ask: bool | None = None
    exact: bool = True
    confidence: Confidence = "generic-text"
    source: str = ""
    matches: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    near_misses: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    @cached_property
    def words_pattern(self) -> re.Pattern[str] | None:
        return _union(self.words)

    @cached_property
    def unless_pattern(self) -> re.Pattern[str] | None:
        return _union(self.unless)

    @cached_property
    def urls_pattern(self) -> re.Pattern[str] | None:
        return _union(self.urls)


def matches(rule: ClassificationRule, sight: Sight) -> bool:
    """All signals of the rule hold, its words are there, and none that speak against it."""
    if sight.kind not in rule.signals.get("kind", ("reply",)):
        return False
    if not all(_SIGNALS[name](values, sight) for name, values in rule.signals.items()):
        return False
    reply = sight.reply
    if rule.words_pattern and not rule.words_pattern.search(reply.words):
        return False
    if rule.urls_pattern and not rule.urls_pattern.search(reply.urls):
        return False
    return not (rule.unless_pattern and rule.unless_pattern.search(reply.words))


def met(rule: ClassificationRule, sight: Sight) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Of each signal of a rule that matches, the values that were seen."""
    for name, values in rule.signals.items():
        yield name, tuple(value for value in values if _SIGNALS[name]((value,), sight))


@cache
def load_rules() -> tuple[ClassificationRule, ...]:
    """All rules in the order in which they are tried: by tier, then by position in the file.

    Raises ValueError if a rule has an unknown key or stage.
    """
    return kept("rules", _read_rules)


def _read_rules() -> tuple[ClassificationRule, ...]:
    folder = Path(__file__).with_name("rules")
    pieces = packaged_yaml(folder / "pieces.yaml")
    rules: list[ClassificationRule] = []
    for file in sorted(folder.glob("[0-9]*.yaml")):
        document = packaged_yaml(file)
        shared = {key: document[key] for key in ("tier", "about")} | document.get("defaults", {})
        rules += [_read_rule(file.name, pieces, {**shared, **item}) for item in document["rules"]]
    return tuple(sorted(rules, key=lambda rule: rule.tier))


@cache
def rules_for(stage: Stage) -> tuple[ClassificationRule, ...]:
    """The rules that apply at ``stage``, in order."""
    return tuple(rule for rule in load_rules() if stage in rule.causes)


def _read_rule(
    file_name: str, pieces: Mapping[str, str], item: dict[str, Any]
) -> ClassificationRule:
    where = f"{file_name}: rule {item.get('id')!r}"
    signals = {key: _strings(item.pop(key)) for key in _SIGNALS if key in item}
    causes = _causes(where, item.pop("stages", None), item.pop("cause"))
    rule = ClassificationRule(
        id=item.pop("id"),
        tier=item.pop("tier"),
        about=item.pop("about"),
        causes=causes,
        signals=signals,
        words=_patterns(item.pop("words", ()), pieces),
        unless=_patterns(item.pop("unless", ()), pieces),
        urls=_strings(item.pop("urls", ())),
        candidates=cast("tuple[Cause, ...]", _strings(item.pop("candidates", ()))),
        error=item.pop("error", None),
        ask=item.pop("ask", None),
        exact=item.pop("exact", True),
        confidence=item.pop("confidence", "generic-text"),
        source=item.pop("source", ""),
        matches=tuple(item.pop("matches", ())),
        near_misses=tuple(item.pop("near-misses", ())),
    )
    if item:
        raise ValueError(f"{where}: unknown keys {sorted(item)}")
    return rule


def _causes(where: str, stages: Any, cause: Any) -> dict[Stage, Cause]:
    """``cause`` is one cause for ``stages``, or maps stages (or groups of them) to causes."""
    by_name = cause if isinstance(cause, dict) else dict.fromkeys(_strings(stages), cause)
    causes: dict[Stage, Cause] = {}
    for name, value in by_name.items():
        if name not in STAGES and name not in STAGE_GROUPS:
            raise ValueError(f"{where}: unknown stage {name!r}")
        for stage in STAGE_GROUPS.get(name, (name,)):
            causes.setdefault(stage, value)
    return causes


def _strings(value: Any) -> tuple[str, ...]:
    if isinstance(value, str | int):
        return (str(value),)
    return tuple(text for item in value for text in _strings(item))


def _patterns(value: Any, pieces: Mapping[str, str]) -> tuple[str, ...]:
    """Patterns with their ``{pieces}`` put in; a KeyError names one that does not exist."""

    def whole(pattern: str) -> str:
        return _PIECE.sub(lambda match: f"(?:{whole(pieces[match[1]])})", pattern)

    return tuple(map(whole, _strings(value)))


def _union(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    return _patterns_of_rules().of(_source(patterns)) if patterns else None


def _source(patterns: tuple[str, ...]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns)


@cache
def _patterns_of_rules() -> KeptPatterns:
    every = ((rule.words, rule.unless, rule.urls) for rule in load_rules())
    sources = (_source(patterns) for of_rule in every for patterns in of_rule if patterns)
    return KeptPatterns("rules", sources, re.IGNORECASE | re.MULTILINE)
