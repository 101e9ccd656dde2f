"""A failure known by its name only: the documented error and the provider."""

from __future__ import annotations

from fakeservers.dialects.dialect import load_dialect
from harness.files.problems import BadInput, did_you_mean
from harness.reproducing.dialogue import Dialogue, Inferred
from harness.reproducing.failure import Failure, diagnose
from harness.scenario.catalogue import builtin_path, collect
from harness.scenario.model import Scenario
from harness.taxonomy import DOCUMENTED_ERRORS, STAGES


def looked_up(error: str, provider: str | None) -> Failure:
    """The failure of the first scenario of this error and provider. Raises BadInput."""
    known = [name for name in DOCUMENTED_ERRORS if (builtin_path() / name).is_dir()]
    if error not in known:
        raise BadInput([f"{error!r} is no documented error{did_you_mean(error, known)}"])
    scenarios = [each for each in collect([builtin_path() / error]) if each.reproduces == error]
    fitting = [each for each in scenarios if provider in (None, each.dialect)]
    worded = [each for each in fitting if _reply(each)]
    if not worded:
        dialects = sorted({each.dialect for each in scenarios if _reply(each)})
        what = f"{error} in the words of {provider or 'any provider'}"
        raise BadInput([f"no scenario has {what}; there are those of {', '.join(dialects)}"])
    return _failure(worded[0], len(worded))


def _reply(scenario: Scenario) -> str | None:
    """The named reply that a scenario is about."""
    stage = scenario.stage
    if stage is None:
        return None
    service = scenario.facts.all_services()[STAGES[stage].protocol]
    names = (getattr(action, "reply", None) for rule in service.rules for action in rule.then)
    return next(filter(None, names), None)


def _failure(scenario: Scenario, of: int) -> Failure:
    stage, reply = scenario.stage, _reply(scenario)
    assert stage and reply
    protocol = STAGES[stage].protocol
    dialect = scenario.facts.all_services()[protocol].dialect or scenario.dialect
    text = load_dialect(dialect).reply(protocol, reply).text
    lines = tuple(text.removesuffix("\n").split("\n"))
    diagnosis = diagnose(stage, lines, None)
    note = f"what the server said: it is the reply {reply!r} of {dialect}"
    if of > 1:
        note += f"; {of} scenarios fit"
    inferred = Inferred(dialect, protocol, stage, reply)
    return Failure(stage, lines, None, diagnosis, "", Dialogue(), inferred, (note,))
