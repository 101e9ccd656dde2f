"""Scenarios of the catalogue as they are, where all that is known of a failure is which it is."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence

from harness.contract.diagnosis import Diagnosis
from harness.files.nodes import read_yaml
from harness.files.problems import BadInput
from harness.reproducing.making.words import Composed, own_words
from harness.scenario import builtin_path
from harness.scenario.cases import FAMILY_KEYS, Data, Family, expand
from harness.scenario.catalogue import collect
from harness.scenario.model import Scenario
from harness.taxonomy import CAUSES, DOCUMENTED_ERRORS, STAGES, DocumentedError


def that_fit(error: DocumentedError, provider: str | None) -> list[Scenario]:
    """The scenarios of a documented error, in the words of a provider, the likeliest first: that
    of the commonest cause, in nobody's own words. Raises BadInput where there are none."""
    same = [each for each in collect([builtin_path() / error]) if each.reproduces == error]
    fitting = [each for each in same if provider in (None, each.dialect)]
    if not fitting:
        worded = ", ".join(sorted({each.dialect for each in same}))
        what = f"{error} in the words of {provider}"
        raise BadInput([f"no scenario has {what}; there are those of {worded}"])
    common = Counter(each.cause for each in same)
    stages = list(STAGES)

    def order(each: Scenario) -> tuple[int, bool, int]:
        where = stages.index(each.stage) if each.stage else 0
        return -common[each.cause], each.dialect != "plain", where

    return sorted(fitting, key=order)


def titled(error: DocumentedError, fitting: Sequence[Scenario]) -> Diagnosis:
    """What the title of a documented error says: its stage and cause only where there is one."""
    stages = {each.stage for each in fitting}
    causes = [each.cause for each in fitting if each.cause]
    cause = causes[0] if len(set(causes)) == 1 else None
    return Diagnosis(
        error=error,
        stage=next(iter(stages)) if len(stages) == 1 else None,
        cause=cause,
        candidates=[] if cause else [name for name, _ in Counter(causes).most_common()],
        ask_password=CAUSES[cause].ask if cause else error == "unauthorized",
        advice=list(DOCUMENTED_ERRORS[error].advice),
    )


def copied(fitting: Iterable[Scenario], origin: str) -> Composed | None:
    """The first of these scenarios of the catalogue as a file of its own, if it has no words but
    its dialect's: others are of some other ticket. None: there is none without."""
    for scenario in fitting:
        data = _data_of(scenario)
        if not any(own_words(data)):
            today = f"{datetime.date.today():%Y-%m-%d}"
            copy = f"{scenario.id} of the catalogue, for {origin}, {today}"
            unknown = f"what this server says: the scenario is {scenario.id} as it is"
            sources = [copy, *scenario.source]
            return Composed({**data, "source": sources}, scenario.dialect, [], unknown=[unknown])
    return None


def _data_of(scenario: Scenario) -> Data:
    data = read_yaml(scenario.file.read_text("utf-8"), str(scenario.file)).data
    family = Family.model_validate({key: data[key] for key in FAMILY_KEYS if key in data})
    case = scenario.id.partition("[")[2].removesuffix("]")
    return next(each for each in expand(data, family, _ignored) if each.case == case).data


def _ignored(path: object, message: str) -> None:
    """A scenario of the catalogue has no mistakes."""
