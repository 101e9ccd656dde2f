"""How much a violation matters: what it is by itself, and what a team has decided of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

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
    "retried-at-once": "fault",
    "too-many-simultaneous-connections": "fault",
    "no-logout": "manners",
    "no-quit": "manners",
    "connection-left-open": "manners",
    "slower-than-its-time-out": "fault",
    "died-afterwards": "fault",
    "did-not-end": "manners",
    "secret-in-answer": "danger",
    "secret-in-output": "danger",
    "test-email-sent": "danger",
    "test-email-not-delivered": "fault",
    "password-asked-in-vain": "fault",
    "claims-nothing": "note",
    "no-warning": "fault",
}
"""Of every violation; `no-warning` stands for all `no-warning:<id>`."""


def severity(violation: str) -> Severity:
    return SEVERITIES[violation.partition(":")[0]]


@dataclass(frozen=True)
class Policy:
    """What counts. `levels`: by violation, where a team has decided otherwise; with `strict`,
    manners are errors, too."""

    levels: Mapping[str, Level] = field(default_factory=dict)
    strict: bool = False

    def level(self, violation: str) -> Level:
        kind = severity(violation)
        told = kind == "note" or (kind == "manners" and not self.strict)
        usual: Level = "note" if told else "error"
        return self.levels.get(violation.partition(":")[0], usual)

    def of_level(self, level: Level, violations: Iterable[str]) -> tuple[str, ...]:
        return tuple(each for each in violations if self.level(each) == level)


USUAL: Final = Policy()
