"""The baseline: what it accepts, and what it complains of."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from harness.files.problems import BadInput
from harness.judging.verdict import Judgement
from harness.results.baseline import Accepted, Baseline, compare, first_baseline, load_baseline
from harness.runner.events import CaseResult, Expected

TODAY = date(2026, 11, 26)
WRONG = CaseResult(
    id="unauthorized/plain[imap]",
    reproduces="unauthorized",
    phase="fault",
    remedy=None,
    expected=Expected("unauthorized"),
    diagnosis=None,
    judgement=Judgement("wrong", (), "said something else"),
)
RUDE = replace(WRONG, judgement=Judgement("misbehaved", ("no-logout", "no-quit")))
PASSED = replace(WRONG, judgement=Judgement("passed"))
CURED = replace(WRONG, phase="remedy", remedy="use-app-password")


def entry(**changes: object) -> Accepted:
    known = {"id": WRONG.id, "verdict": "wrong", "reason": "ticket 17", "until": "2026-12-31"}
    return Accepted.model_validate({**known, **changes})


def outcome(result: CaseResult, *entries: Accepted) -> tuple[bool, list[str]]:
    """Whether the result fails the run, and the complaints."""
    compared = compare([result], Baseline(accepted=list(entries)), TODAY)
    return compared.results[0].failed, list(compared.complaints)


MISBEHAVED = entry(verdict="misbehaved", violations=["no-quit", "no-logout", "password-in-clear"])


@pytest.mark.parametrize(
    ("result", "accepted", "failed"),
    [
        (WRONG, entry(), False),
        (WRONG, entry(until="2026-11-26"), False),
        (WRONG, entry(verdict="missed"), True),
        (WRONG, entry(id="unauthorized/other"), True),
        (WRONG, entry(phase="remedy", remedy="use-app-password"), True),
        (CURED, entry(phase="remedy", remedy="use-app-password"), False),
        (CURED, entry(), True),
        (RUDE, MISBEHAVED, False),
        (RUDE, entry(verdict="misbehaved", violations=["no-quit"]), True),
        (PASSED, entry(id="unauthorized/other"), False),
    ],
)
def test_what_is_accepted(result: CaseResult, accepted: Accepted, failed: bool) -> None:
    assert outcome(result, accepted) == (failed, [])


def test_the_reason_is_kept() -> None:
    [result] = compare([WRONG], Baseline(accepted=[entry()]), TODAY).results
    assert result.accepted == "ticket 17 (until 2026-12-31)"


def test_what_has_run_out_fails() -> None:
    complaint = f"{WRONG.id}: wrong was accepted until 2026-11-25 (ticket 17)"
    assert outcome(WRONG, entry(until="2026-11-25")) == (True, [complaint])


def test_what_passes_now_is_to_be_taken_out() -> None:
    failed, [complaint] = outcome(PASSED, entry())
    assert not failed and "it passes now: take the entry out" in complaint


def test_a_first_baseline_accepts_all_that_did_not_pass(tmp_path: Path) -> None:
    file = tmp_path / "baseline.yaml"
    results = [
        WRONG,
        CURED,
        replace(PASSED, id="a/b"),
        replace(RUDE, id="connected/working[starttls]"),
    ]
    file.write_text(first_baseline(results, TODAY))
    baseline = load_baseline(file)
    assert len(baseline.accepted) == 3
    compared = compare(results, baseline, TODAY)
    assert compared.complaints == () and not any(result.failed for result in compared.results)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "accepted:\n- id: a\n  verdict: wrong\n  until: 2026-12-31",
            "2: accepted[0].reason: requ",
        ),
        (
            "accepted:\n- {id: a, verdict: rong, reason: r, until: 2026-12-31}",
            "did you mean 'wrong'",
        ),
        ("accepted:\n- {id: a, verdict: wrong, reason: r, until: soon}", "2: accepted[0].until:"),
    ],
)
def test_mistakes_have_a_line_and_a_key(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "baseline.yaml"
    file.write_text(text)
    with pytest.raises(BadInput) as caught:
        load_baseline(file)
    assert problem in str(caught.value)
