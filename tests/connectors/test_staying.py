"""Real libraries and products that stay: each is described, and what is ours of them works."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from examples.staying import survey
from examples.staying.survey import HERE, LIVES, ROOT, STAYERS, Stayer
from harness.mapping import load_mapping

MOST = 20
"""After so many lines an order is given in any case."""
SETTINGS = {"password": "old", "pace": {"retry_first_s": 0.01, "retry_longest_s": 0.03}}


def states(program: str, *orders: dict[str, Any], sends: str = "") -> list[dict[str, Any]]:
    """What the manager says of a Python program, and of one that sends, each order given once a
    line was said that has its `after` in it."""
    command = [sys.executable, str(HERE / "shared/manager.py")]
    command += ["--sends", shlex.join([sys.executable, "-c", sends])] if sends else []
    command += [sys.executable, "-c", program]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as manager:
        assert manager.stdin and manager.stdout
        print(json.dumps(SETTINGS), file=manager.stdin, flush=True)
        waiting, said = list(orders), []
        for line in manager.stdout:
            said.append(json.loads(line))
            if waiting and (waiting[0]["after"] in line or len(said) > MOST):
                order = waiting.pop(0)
                print(json.dumps(order["order"]), file=manager.stdin, flush=True)
        assert manager.wait() == 0
    return said


def test_a_program_that_has_ended_is_started_again_after_waits_that_double() -> None:
    said = states("import sys; sys.exit('gone')", {"after": "0.03", "order": {"stop": True}})
    failures = said[:-1]
    assert [each["retry_at_s"] for each in failures[:3]] == [0.01, 0.02, 0.03]
    assert {each["error"] for each in failures} == {"unclassified"}
    assert failures[0]["message"] == "ended with 1: gone"
    assert said[-1] == {"state": "stopped"}


def test_new_settings_start_it_with_them_and_what_was_there_before_is_not_told() -> None:
    program = (
        "import json, sys, time\n"
        "password = json.loads(input())['password']\n"
        "for state in ({'state': 'message', 'message_id': f'<{password}@before>'},\n"
        "              {'state': 'connected'},\n"
        "              {'state': 'message', 'message_id': f'<{password}@then>'}):\n"
        "    print(json.dumps(state), flush=True)\n"
        "sys.stdin.read()\n"
    )
    said = states(
        program,
        {"after": "<old@then>", "order": {"settings": {"password": "new"}}},
        {"after": "<new@then>", "order": {"stop": True}},
    )
    assert [each.get("message_id", each["state"]) for each in said] == [
        "connected",
        "<old@then>",
        "<new@before>",
        "connected",
        "<new@then>",
        "stopped",
    ]


def test_what_could_not_be_sent_is_not_sent_again_and_told_of_until_something_was() -> None:
    program = (
        "import json, sys\n"
        "print(json.dumps({'state': 'connected'}), flush=True)\n"
        "sys.stdin.read()\n"
    )
    sends = (
        "import json\n"
        "asked = json.loads(input())\n"
        "state = {'state': 'sent', 'message_id': asked['send']['message_id']}\n"
        "if asked['send']['text'] == 'refused':\n"
        "    state = {'state': 'failing', 'error': 'test-email-failed', 'message': 'refused'}\n"
        "print(json.dumps(state))\n"
    )
    said = states(
        program,
        {"after": "connected", "order": {"send": {"message_id": "<1@there>", "text": "refused"}}},
        {"after": "failing", "order": {"send": {"message_id": "<2@there>", "text": "well"}}},
        {"after": "connected", "order": {"stop": True}},
        sends=sends,
    )
    told = [each.get("message_id", each["state"]) for each in said]
    assert told == ["connected", "failing", "<2@there>", "connected", "stopped"]


@pytest.mark.parametrize("stayer", STAYERS, ids=lambda each: each.animal.name)
def test_each_says_what_its_codes_mean_and_whether_it_sends(stayer: Stayer) -> None:
    mapping = load_mapping(ROOT / stayer.mapping)
    assert mapping.does.sends is ("--sends" in stayer.animal.command)


def test_who_was_not_run_here_keeps_what_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey, "CACHE", tmp_path)
    before = survey.RESULTS.read_text("utf-8").splitlines()
    assert [*survey.page()][3:] == before[3:]
    case = {"id": LIVES[0], "verdict": "late"}
    tmp_path.joinpath("mbsync.json").write_text(json.dumps({"cases": [case]}))
    changed = [line for line in [*survey.page()][3:] if line not in before]
    assert [line[:20] for line in changed] == ["| `mbsync` | 1 | 1 |", "- `mbsync`: nothing-"]


def test_the_readme_has_each_with_its_pace() -> None:
    rows = re.findall(
        r"^\| `([\w-]+)` \|.*\| ([\d.]+)[^|]*\|$",
        HERE.joinpath("README.md").read_text("utf-8"),
        re.M,
    )
    assert dict(rows) == {each.animal.name: f"{each.pace:g}" for each in STAYERS}
