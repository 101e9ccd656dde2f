"""badinbox's own words and the protocols', which are nobody's secret: they are never masked."""

from __future__ import annotations

import functools
from typing import get_args

from fakeservers.dialects.command_names import ImapCommand, SmtpVerb
from fakeservers.spec import Mechanism
from harness.contract.diagnosis import Confidence
from harness.judging.interpret import SERVER_WORDS
from harness.taxonomy import ADVICE, CAUSES, DOCUMENTED_ERRORS, STAGES, Owner


class OwnWords:
    """Asked only where a secret was found: the rules are read then."""

    def __contains__(self, word: object) -> bool:
        return word in _ids() or word in _rules()


OWN_WORDS = OwnWords()


@functools.cache
def _ids() -> frozenset[str]:
    from harness.checker.check import WARNINGS

    spoken = (ImapCommand, SmtpVerb, Mechanism, Confidence, Owner)
    ids = {*DOCUMENTED_ERRORS, *CAUSES, *STAGES, *ADVICE, *WARNINGS, SERVER_WORDS}
    return frozenset(ids.union(*map(get_args, spoken)))


@functools.cache
def _rules() -> frozenset[str]:
    from harness.classify.rules import load_rules

    return frozenset(rule.id for rule in load_rules())
