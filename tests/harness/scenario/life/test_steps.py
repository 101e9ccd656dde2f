"""A single step, as it is written: what may stand in it, and what is said of the rest."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from harness.scenario.life.life_steps import KINDS, LifeStep, usual_steps

# Line 2 of the file is the first of these, the step is at line 7.
HEAD = """\
title: A life
reproduces: connected
source: RFC 2177
life:
  - until: connected
"""
LAST = "  - says: connected\n"

MISTAKES = {
    "two things at once": (
        "  - cut: fin\n    deliver: 1\n",
        "life[1]: expected one of cut, deliver in a step: each step begins with a '- ' of its own",
    ),
    "nothing": ("  - {}\n", f"life[1]: expected one of {', '.join(KINDS)} in a step"),
    "a window of nothing": (
        "  - within-s: 3\n",
        "life[1]: within-s stands beside until, says, seen, sent: without '- ', in the step above",
    ),
    "a window where nothing is waited for": (
        "  - cut: fin\n    within-s: 3\n",
        "life[1]: within-s means nothing beside cut; beside it: bye, service",
    ),
    "a word alone": ("  - wait\n", "life[1]: expected a mapping; did you mean 'wait-s'?"),
    "a misspelt key": ("  - delivr: 1\n", "life[1].delivr: unknown key; did you mean 'deliver'?"),
    "a key of another tool": (
        "  - wait-for: connected\n",
        "life[1].wait-for: unknown key; did you mean 'until'?",
    ),
    "a wait of nothing": ("  - wait-s: 0\n", "life[1].wait-s: expected greater than 0"),
    "a wait into the past": ("  - wait-s: -1\n", "life[1].wait-s: expected greater than 0"),
    "a wait of 30 years": (
        "  - wait-s: 1000000000\n",
        "life[1].wait-s: expected less than or equal to 600",
    ),
    "a wait for ever": ("  - wait-s: .inf\n", "life[1].wait-s: expected less than or equal to 600"),
    "a wait of no number": (
        "  - wait-s: .nan\n",
        "life[1].wait-s: expected less than or equal to 600",
    ),
    "a unit": ("  - wait-s: 3s\n", "life[1].wait-s: expected a number; write 3"),
    "no time at all": (
        "  - {says: connected, within-s: 0}\n",
        "life[1].within-s: expected greater than 0",
    ),
    "a window that closes before it can be so": (
        "  - {until: quiet, for-s: 5, within-s: 2}\n",
        "life[1]: never so: within-s is no longer than for-s",
    ),
    "an unknown way to die": (
        "  - cut: fni\n",
        "life[1].cut: unknown word 'fni'; did you mean 'fin'?",
    ),
    "a goodbye that nobody hears": (
        "  - {down-s: 1, link: silent, bye: true}\n",
        "life[1]: bye means nothing where links die so: silent",
    ),
    "an unknown moment": (
        "  - until: conected\n",
        "life[1].until: unknown word 'conected'; did you mean 'connected'?",
    ),
    "an unknown change": (
        "  - change: everything\n",
        "life[1].change: expected facts, 'breaks-into' or 'as-it-began'",
    ),
    "an unknown error": (
        "  - says: unauthorised\n",
        "life[1].says: unknown word 'unauthorised'; did you mean 'unauthorized'?",
    ),
    "an unknown advice": (
        "  - remedy: retry-latr\n",
        "life[1].remedy: unknown word 'retry-latr'; did you mean 'retry-later'?",
    ),
    "too much mail": (
        "  - deliver: 101\n",
        "life[1].deliver: expected less than or equal to 100",
    ),
    "no mail": ("  - deliver: 0\n", "life[1].deliver: expected greater than or equal to 1"),
    "no settings": (
        "  - resettle: false\n",
        "life[1].resettle: expected true, or leave it out",
    ),
    "nothing counted": (
        "  - {at-most: {}, for-s: 1}\n",
        "life[1].at-most: required: one of log-ins, connections, sends",
    ),
    "a misspelt count": (
        "  - {at-most: {logins: 1}, for-s: 1}\n",
        "life[1].at-most.logins: unknown key; did you mean 'log-ins'?",
    ),
    "fewer than none": (
        "  - {at-most: {log-ins: -1}, for-s: 1}\n",
        "life[1].at-most.log-ins: expected greater than or equal to 0",
    ),
    "never ending": (
        "  - at-most: {log-ins: 1}\n",
        "life[1]: required: for-s, how long at-most is watched",
    ),
    "stays for how long": (
        "  - stays: connected\n",
        "life[1]: required: for-s, how long stays is watched",
    ),
    "an error that is awaited": (
        "  - until: unauthorized\n",
        "life[1]: until awaits no documented error; write says: unauthorized",
    ),
    "an error that stays": (
        "  - {stays: unauthorized, for-s: 1}\n",
        "life[1]: stays awaits no documented error; write says: unauthorized",
    ),
    "until nothing is done": (
        "  - until: {log-ins: 0}\n",
        "life[1]: until waits for nothing: none is done already",
    ),
    "a change of nothing": (
        "  - change: {}\n",
        "life[1].change: nothing changes: write which facts are others from now on",
    ),
    "whatever remedy": (
        "  - remedy: true\n",
        "life[1].remedy: expected an advice: remedies themselves stand at the top of the file",
    ),
    "seen, yes": ("  - seen: true\n", "life[1].seen: expected all"),
    "until mail is there": (
        "  - until: delivered\n",
        "life[1].until: unknown word 'delivered'; did you mean 'seen'?",
    ),
    "waiting in other words": (
        "  - wait-until: connected\n",
        "life[1].wait-until: unknown key; did you mean 'until'?",
    ),
    "quiet for how long": (
        "  - until: quiet\n",
        "life[1]: required: for-s, how long until is watched",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_step(problems, mistake: str) -> None:
    step, said = MISTAKES[mistake]
    [problem] = problems(HEAD + step + LAST)
    line, _, rest = problem.partition(": ")
    assert (int(line) in (7, 8), rest) == (True, said)


@pytest.mark.parametrize(
    ("life", "said"),
    [
        ("life: []\n", "5: life: the list is empty: write an entry at least"),
        ("life:\n", "5: life: expected a list; it is empty"),
        ("life: {until: idle}\n", "5: life: expected a list; put '- ' before 'until'"),
        (
            f"life: [{', '.join(['says: connected'] * 101)}]\n",
            "5: life: the list should have at most 100 items, not 101",
        ),
    ],
)
def test_a_life_that_is_no_list_of_steps(problems, life: str, said: str) -> None:
    text = life.replace("says: connected", "{says: connected}")
    assert problems(HEAD.partition("life:")[0] + text) == [said]


def test_a_step_knows_what_it_is() -> None:
    assert LifeStep(at_most={"log_ins": 0}, for_s=1).kind == "at-most"  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        LifeStep(for_s=1)


def test_the_usual_life_of_what_is_received_and_of_what_is_sent() -> None:
    received = usual_steps("unauthorized", sends=False, curable="retry-later")
    assert [step.kind for step in received] == [
        *("until", "deliver", "seen", "change", "cut", "says", "deliver", "wait-s"),
        *("remedy", "says", "seen"),
    ]
    sent = usual_steps("test-email-failed", sends=True, curable="retry-later")
    kinds = [step.kind for step in sent if step not in received]
    assert kinds == ["send", "says", "send", "sent"]


def test_what_fails_when_inbox_is_opened_is_met_by_who_opens_it_for_new_mail_only() -> None:
    opened = usual_steps("imap-confirmation-error", sends=False, curable=None, opens=True)
    kinds = [step.kind for step in opened]
    assert kinds[kinds.index("cut") :] == ["cut", "deliver", "says", "deliver", "wait-s"]


def test_what_nothing_cures_ends_with_the_failure() -> None:
    assert usual_steps("unauthorized", sends=True, curable=None)[-1].kind == "wait-s"


def test_what_passes_by_itself_is_over_in_the_end() -> None:
    steps = usual_steps("imap-authentication-error", sends=False, curable=None, passes=True)
    assert [step.kind for step in steps][-4:] == ["wait-s", "change", "says", "seen"]
    assert steps[-3].change == "as-it-began"
