"""Which scenario is written of what was found, and what is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fakeservers.dialects.providers import provider_in
from harness.files.problems import BadInput, did_you_mean
from harness.reproducing.failure import Failure
from harness.reproducing.making.compose import compose
from harness.reproducing.making.copied import copied, that_fit, titled
from harness.reproducing.making.token_rule import TokenRefusal, refusal_in
from harness.reproducing.making.token_scenario import compose_token
from harness.reproducing.making.words import Composed
from harness.reproducing.material import Material
from harness.reproducing.nearest import Near, dialect_of, nearest
from harness.reproducing.placeholders import Ours, ours_in, with_placeholders
from harness.reproducing.reproduced import MOST_NEAR, Reproduced, reproduced
from harness.taxonomy import DOCUMENTED_ERRORS, TOKEN_CAUSES, Cause, error_titled

_OF_TOKENS: Final[frozenset[Cause]] = frozenset({*TOKEN_CAUSES, "token-malformed"})
"""It takes tokens, and what gives them out, to fail so: the catalogue has both."""


@dataclass(frozen=True)
class Making:
    """What is told, and the scenario; None: there is none of it."""

    told: Reproduced
    scenario: Composed | None


def of_failure(failure: Failure, material: Material, provider: str | None) -> Making:
    """The failure as it was, else what the catalogue has of the same cause."""
    ours = ours_in(material.dialogues, material.whole)
    near = _nearest(failure, ours, provider)
    told = reproduced(failure.diagnosis, near, failure, ours, material)
    origin = f"a log ({material.shape})"
    diagnosis = failure.diagnosis
    causes = {diagnosis.cause, *diagnosis.candidates}
    if failure.protocol == "oauth" and (quoted := refusal_in(failure.lines)):
        return Making(told, _of_token_endpoint(failure, *quoted, ours, origin))
    if _OF_TOKENS & causes:
        fitting = [each.scenario for each in near if each.scenario.cause in causes]
        return Making(told, copied(fitting, origin))
    try:
        return Making(told, compose(failure, ours, origin, provider))
    except BadInput:
        same = [each.scenario for each in near if each.scenario.cause == diagnosis.cause]
        return Making(told, copied(same, origin))


def _of_token_endpoint(
    failure: Failure, refusal: TokenRefusal, status_told: bool, ours: Ours, origin: str
) -> Composed:
    made = compose_token(failure, refusal, ours, origin)
    if not status_told:
        made.unknown.append(f"the status of the answer: {refusal.status} is assumed")
    return made


def of_title(text: str, provider: str | None, origin: str) -> Making:
    """What is known is a documented error, and perhaps the provider. Raises BadInput."""
    error = error_titled(text)
    if error is None:
        meant = did_you_mean(text, filter(error_titled, DOCUMENTED_ERRORS))
        raise BadInput([f"{text!r} is no documented error{meant}"])
    notes: list[str] = []
    named = provider or provider_in(text)
    try:
        fitting = that_fit(error, named)
    except BadInput:
        if provider:
            raise
        fitting = that_fit(error, None)
        notes.append(f"how {named} words it: no scenario has that")
    near = [Near(each, 0.0, (each.title,)) for each in fitting[:MOST_NEAR]]
    scenario = copied(fitting, origin)
    if scenario is not None:
        scenario.unknown += notes
    return Making(reproduced(titled(error, fitting), near), scenario)


def _nearest(failure: Failure, ours: Ours, provider: str | None) -> list[Near]:
    dialect = provider or (failure.inferred.dialect if failure.inferred else None)
    lines = [with_placeholders(line, ours) for line in failure.lines]
    texts = [*failure.dialogue.greeting[:1], *lines]
    return nearest(failure.diagnosis, lines, dialect or dialect_of(texts)[0])
