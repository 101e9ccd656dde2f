"""Connectors with the habits of real products, none of which is a mistake of theirs: each failure
is named rightly, in a row of its own; nobody is condemned for a habit, or for what another check
left behind; and a second run says the same."""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.forking import Forking

HABITS = Path(__file__).with_name("habits")
SAMPLE = [
    "connected/working[implicit-tls]",
    "connected/working[starttls]",
    "imap-settings-incorrect/port-refused[implicit-tls]",
    "imap-authentication-error/imap-disabled[plain]",
    "imap-authentication-error/temporary-failure[dovecot]",
    "imap-confirmation-error/mailbox-unavailable",
    "unauthorized/bad-password-imap[gmail]",
    "unauthorized/bad-password-smtp[plain]",
    "unauthorized-app-password-required/gmail-imap",
    "unauthorized-untrusted-certificate/expired[imap-implicit-tls]",
    "unauthorized-untrusted-certificate/expired[smtp-starttls]",
    "smtp-settings-incorrect/greeting-refused",
    "test-email-failed/recipient-rejected[postfix]",
]


@dataclass(frozen=True)
class Habit:
    """``preflight``: what is seen of it. ``not_asked``: the beginnings of the stages, and words of
    ids, that do not apply to it. ``notes``: what is told once, and changes no verdict."""

    preflight: str
    not_asked: str = "no such id"
    notes: frozenset[str] = frozenset()
    lapse: str = ""
    """What it is condemned for where it was refused within IMAP, and nowhere else."""


KNOWN = {
    "no_test_email": Habit("logs in to both, one after the other, sends nothing", "test-email"),
    "imap_only": Habit(
        "logs in to IMAP only, sends nothing, no STARTTLS, no cleartext",
        r"test-email|smtp|working\[starttls\]",
    ),
    "in_parallel": Habit("logs in to both, at the same time, sends nothing", "test-email"),
    "no_goodbye": Habit(
        "sends a test e-mail, no source address, leaves without LOGOUT, leaves without QUIT",
        notes=frozenset({"connection-left-open", "no-logout", "no-quit"}),
    ),
    "dies_of_leftovers": Habit("one after the other, sends a test e-mail", lapse="died-afterwards"),
}


def run(name: str, folder: Path, forking: Forking) -> tuple[list[dict[str, Any]], str]:
    """The cases of the results, and what was printed."""
    file = folder / "results.json"
    connector = f"jsonl:{sys.executable} {HABITS / name}.py"
    options = ["--jobs", "2", "--timeout", "60", "--json", str(file), "--connector", connector]
    done = forking.run(["run", *options, *SAMPLE], folder, os.environ)
    assert done.returncode in (0, 1), done.stderr
    cases: list[dict[str, Any]] = json.loads(file.read_text("utf-8"))["cases"]
    return cases, re.sub(r"\n +", " ", done.stdout)


def verdicts(cases: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    keys = ("id", "phase", "remedy", "verdict", "violations")
    return [tuple(str(case[key]) for key in keys) for case in cases]


@pytest.mark.parametrize("name", KNOWN)
def test_a_habit(name: str, tmp_path: Path, forking: Forking) -> None:
    habit = KNOWN[name]
    cases, printed = run(name, tmp_path, forking)
    assert habit.preflight in printed
    applies = [case for case in cases if not re.search(habit.not_asked, case["id"])]
    others = [case for case in cases if case not in applies]
    assert {case["verdict"] for case in others} <= {"not-applicable"}

    asked = [case for case in applies if case["phase"] == "fault"]
    rows = Counter(case["expected"]["error"] for case in asked)
    for error, times in rows.items():
        assert re.search(rf"^{error} +{times}$", printed, re.MULTILINE), (error, printed)
    for case in applies:
        assert case["diagnosis"]["error"] == case["expected"]["error"], case
        within = case["expected"]["stage"] in ("imap-login", "imap-confirm")
        guilty = [habit.lapse] if habit.lapse and within and case["phase"] == "fault" else []
        assert (case["verdict"], case["violations"]) == (
            "misbehaved" if guilty else "passed",
            guilty,
        ), case
        assert not habit.notes or set(case["notes"]) <= habit.notes

    again, _ = run(name, tmp_path, forking)
    assert verdicts(again) == verdicts(cases)
