"""How much a violation matters: what it is by itself, and what a team has decided of it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from fakeservers.files.base_model import Spec
from harness.files.problems import did_you_mean

Severity = Literal["danger", "fault", "manners", "note"]
"""`danger`: a secret is exposed, a certificate not verified, an account locked, mail sent that must
not be. `fault`: wrong, and somebody suffers from it. `manners`: impolite to the server. `note`:
nothing wrong, but to be counted."""
Level = Literal["error", "note", "off"]
"""`error`: the verdict is `misbehaved`. `note`: told, once for the connector. `off`: not told."""

SEVERITIES: Final[dict[str, Severity]] = {
    "password-in-clear": "danger",
    "certificate-not-verified": "danger",
    "password-after-untrusted-certificate": "danger",
    "password-sent": "danger",
    "starttls-stripping-accepted": "danger",
    "starttls-injection-accepted": "danger",
    "repeated-refused-password": "danger",
    "password-instead-of-token": "danger",
    "token-secret-sent-elsewhere": "danger",
    "expired-token-sent": "fault",
    "token-renewed-in-a-loop": "fault",
    "voided-refresh-token-used": "fault",
    "retried-at-once": "fault",
    "too-many-simultaneous-connections": "fault",
    "no-logout": "manners",
    "no-quit": "manners",
    "connection-left-open": "manners",
    "slower-than-its-time-out": "manners",
    "died-afterwards": "fault",
    "did-not-end": "manners",
    "secret-in-answer": "danger",
    "secret-in-output": "danger",
    "test-email-sent": "danger",
    "test-email-not-delivered": "fault",
    "sent-copy-twice": "manners",
    "password-asked-in-vain": "fault",
    "claims-nothing": "note",
    "message-made-up": "fault",
    "old-message-told": "fault",
    "next-try-told-wrongly": "fault",
    "sent-told-wrongly": "fault",
    "no-warning": "fault",
}
"""Of every violation; `no-warning` stands for all `no-warning:<id>`."""


def severity(violation: str) -> Severity:
    return SEVERITIES[violation.partition(":")[0]]


def usual_level(violation: str, *, strict: bool = False) -> Level:
    """What counts where nobody has decided otherwise; with `strict`, manners are errors, too."""
    kind = severity(violation)
    return "note" if kind == "note" or (kind == "manners" and not strict) else "error"


@dataclass(frozen=True)
class Policy:
    """What counts. `levels`: by violation, where a team has decided otherwise, and `reasons` why;
    with `strict`, manners are errors, too."""

    levels: Mapping[str, Level] = field(default_factory=dict)
    strict: bool = False
    reasons: Mapping[str, str] = field(default_factory=dict)

    def level(self, violation: str) -> Level:
        usual = usual_level(violation, strict=self.strict)
        return self.levels.get(violation.partition(":")[0], usual)

    def of_level(self, level: Level, violations: Iterable[str]) -> tuple[str, ...]:
        return tuple(each for each in violations if self.level(each) == level)


USUAL: Final = Policy()


def _known(violation: str) -> str:
    if violation not in SEVERITIES:
        raise ValueError(f"no such violation{did_you_mean(violation, SEVERITIES)}")
    return violation


def _word(value: Any) -> Any:
    return "off" if value is False else value  # YAML 1.1 reads the bare word so


class Decision(Spec):
    """What a team has decided of one violation, and why. What is decided as usual needs no reason;
    then the level alone may be written."""

    violation: Annotated[str, AfterValidator(_known)]
    level: Annotated[Level, BeforeValidator(_word)]
    reason: str = ""

    @model_validator(mode="after")
    def _has_a_reason(self) -> Self:
        usual = usual_level(self.violation)
        if self.level != usual and not self.reason.strip():
            raise ValueError(f"required: a `reason`, as it is usually {usual!r}")
        return self


def _named(value: Any) -> Any:
    """Each decision knows of which violation it is."""
    if not isinstance(value, dict):
        return value
    return {
        name: {**(said if isinstance(said, dict) else {"level": said}), "violation": name}
        if not isinstance(said, Decision)
        else said
        for name, said in value.items()
    }


class _Written(Spec):
    """A decision as it stands under its violation."""

    level: Level = Field(description="How much it matters.")
    reason: str = Field(default="", description="Why; required where it matters less than usual.")


_Named = Annotated[str, WithJsonSchema({"type": "string", "enum": sorted(SEVERITIES)})]
Decisions = Annotated[
    dict[str, Decision],
    BeforeValidator(_named, json_schema_input_type=dict[_Named, Level | _Written]),
]
"""By violation, as files have them."""


def policy_of(decisions: Mapping[str, Decision], *, strict: bool = False) -> Policy:
    return Policy(
        {name: decision.level for name, decision in decisions.items()},
        strict,
        {name: decision.reason for name, decision in decisions.items() if decision.reason},
    )
