"""Loads the classification rules. A rule is data: what it looks at, and what that means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, cast

from harness.contract.diagnosis import Confidence
from harness.taxonomy import STAGE_GROUPS, STAGES, Cause, DocumentedError, Stage

_PIECE = re.compile(r"\{([a-z-]+)\}")
_SIGNALS = (
    "kind",
    "status",
    "response_code",
    "capability",
    "reply_code",
    "enhanced_code",
    "verify_code",
    "alert",
    "tls_reason",
    "service",
    "security",
    "tls",
    "missing",
)


@dataclass(frozen=True)
class Rule:
    """One classification rule.

    All its signals must hold; of the values of one signal, one is enough. ``causes`` gives the
    cause for each stage at which the rule applies. ``unless`` are words that speak against it.
    ``about`` says what the rules of its tier are.
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
    exact: bool | None = None
    ask: bool | None = None
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


@cache
def load_rules() -> tuple[Rule, ...]:
    """All rules in the order in which they are tried: by tier, then by position in the file.

    Raises ValueError if a rule has an unknown key or stage.
    """
    folder = Path(__file__).with_name("rules")
    pieces = _read_yaml(folder / "pieces.yaml")
    rules: list[Rule] = []
    for file in sorted(folder.glob("[0-9]*.yaml")):
        document = _read_yaml(file)
        shared = {key: document[key] for key in ("tier", "about")} | document.get("defaults", {})
        rules += [_read_rule(file.name, pieces, {**shared, **item}) for item in document["rules"]]
    return tuple(sorted(rules, key=lambda rule: rule.tier))


@cache
def rules_for(stage: Stage) -> tuple[Rule, ...]:
    """The rules that apply at ``stage``, in order."""
    return tuple(rule for rule in load_rules() if stage in rule.causes)


def _read_yaml(file: Path) -> Any:
    import yaml  # Here, so that importing the classifier stays cheap.

    # The C loader: the pure Python one takes ten times as long.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(file.read_text("utf-8"), Loader=loader)


def _read_rule(file_name: str, pieces: Mapping[str, str], item: dict[str, Any]) -> Rule:
    where = f"{file_name}: rule {item.get('id')!r}"
    signals = {key: _strings(item.pop(key)) for key in _SIGNALS if key in item}
    causes = _causes(where, item.pop("stages", None), item.pop("cause"))
    rule = Rule(
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
        exact=item.pop("exact", None),
        ask=item.pop("ask", None),
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
    return tuple(str(item) for item in value)


def _patterns(value: Any, pieces: Mapping[str, str]) -> tuple[str, ...]:
    """Patterns with their ``{pieces}`` put in; a KeyError names one that does not exist."""
    return tuple(
        _PIECE.sub(lambda match: f"(?:{pieces[match[1]]})", pattern) for pattern in _strings(value)
    )


def _union(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    if not patterns:
        return None
    pattern = "|".join(f"(?:{pattern})" for pattern in patterns)
    return re.compile(pattern, re.IGNORECASE | re.MULTILINE)
