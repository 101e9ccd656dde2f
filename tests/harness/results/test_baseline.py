"""The baseline: what it accepts, and what it complains of."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from harness.contract.diagnosis import Diagnosis
from harness.files.problems import BadInput
from harness.judging.verdict import Judgement, Verdict
from harness.results.baseline import Accepted, Baseline, compare, load_baseline
from harness.results.first_baseline import first_baseline
from harness.runner.events import CaseResult, Expected
from harness.taxonomy import DocumentedError

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
    other = replace(WRONG, id="unauthorized/other")
    compared = compare([result, other], Baseline(accepted=[accepted]), TODAY)
    assert (compared.results[0].failed, compared.complaints) == (failed, ())


def test_the_reason_is_kept() -> None:
    [result] = compare([WRONG], Baseline(accepted=[entry()]), TODAY).results
    assert result.accepted == "ticket 17 (until 2026-12-31)"


def test_what_has_run_out_fails() -> None:
    complaint = f"{WRONG.id}: wrong was accepted until 2026-11-25 (ticket 17)"
    assert outcome(WRONG, entry(until="2026-11-25")) == (True, [complaint])


def test_what_passes_now_is_to_be_taken_out() -> None:
    failed, [complaint] = outcome(PASSED, entry())
    assert not failed and "it passes now: take the entry out" in complaint


@pytest.mark.parametrize(
    "keys",
    [{"id": "unauthorized/plian[imap]"}, {"id": "", "ids": [WRONG.id, "unauthorized/plian*"]}],
)
def test_an_id_that_is_none_is_told_where_all_was_run(keys: dict[str, object]) -> None:
    misspelt = Baseline(accepted=[entry(**keys)])
    [told] = compare([WRONG], misspelt, TODAY).complaints
    assert told.startswith("unauthorized/plian") and "no scenario has this id" in told
    assert WRONG.id in told
    assert compare([WRONG], misspelt, TODAY, whole=False).complaints == ()


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


SAID = replace(WRONG, diagnosis=Diagnosis(error="test-email-failed"))
KEYS = {"reason": "r", "until": "2026-12-31"}


def group(**keys: object) -> Accepted:
    return Accepted.model_validate({**KEYS, **keys})


@pytest.mark.parametrize(
    ("keys", "result", "failed"),
    [
        ({"ids": "unauthorized/*", "verdict": "wrong"}, WRONG, False),
        ({"ids": "unauthorized/*", "verdict": "wrong"}, CURED, False),
        ({"ids": "unauthorized/*", "phase": "fault", "verdict": "wrong"}, CURED, True),
        ({"ids": "unauthorized/*", "verdict": "missed"}, WRONG, True),
        ({"ids": ["a/*", "unauthorized/plain[*"], "verdict": "wrong"}, WRONG, False),
        ({"ids": "unauthorized/plain", "verdict": "wrong"}, WRONG, True),
        ({"ids": "unauthorized/plain[imap]", "verdict": "wrong"}, WRONG, False),
        ({"ids": "unauthorized/plain[i]", "verdict": "wrong"}, WRONG, True),
        ({"ids": "plain*", "verdict": "wrong"}, WRONG, True),
        ({"error": "unauthorized", "verdict": "wrong"}, CURED, False),
        ({"error": "connected", "verdict": "wrong"}, WRONG, True),
        ({"stage": "imap-login", "cause": "rate-limited", "verdict": "wrong"}, WRONG, True),
        ({"said": "test-email-failed", "verdict": "wrong"}, SAID, False),
        ({"said": "test-email-failed", "verdict": "wrong"}, WRONG, True),
        ({"violations": ["no-quit", "no-logout"]}, RUDE, False),
        ({"violations": "no-quit"}, RUDE, True),
        ({"violations": ["no-quit", "no-logout"]}, WRONG, True),
        ({"ids": "unauthorized/*", "verdict": "misbehaved"}, RUDE, True),
    ],
)
def test_groups(keys: dict[str, object], result: CaseResult, failed: bool) -> None:
    compared = compare([result], Baseline(accepted=[group(**keys)]), TODAY, whole=False)
    assert compared.results[0].failed is failed and compared.complaints == ()


def test_what_several_entries_accept_adds_up() -> None:
    entries = (group(violations="no-quit"), group(violations="no-logout", reason="s"))
    [result] = compare([RUDE], Baseline(accepted=list(entries)), TODAY).results
    assert result.accepted == "r (until 2026-12-31); s (until 2026-12-31)"
    assert outcome(RUDE, entries[0], group(violations="no-logout", until="2026-01-01"))[0]


def test_a_group_that_is_no_longer_needed() -> None:
    entries = [group(ids="unauthorized/*", error="unauthorized", verdict="wrong")]
    [complaint] = compare([PASSED], Baseline(accepted=entries), TODAY).complaints
    assert complaint == (
        "unauthorized/* error=unauthorized: wrong is accepted, but nothing is so now: "
        "take the entry out"
    )
    part = compare([PASSED], Baseline(accepted=entries), TODAY, whole=False)
    assert part.complaints == (), "what was not run may need it"
    late = [group(violations="no-quit", until="2026-11-25")]
    compared = compare([RUDE, RUDE], Baseline(accepted=late), TODAY)
    assert compared.complaints == (
        "all checks: no-quit was accepted until 2026-11-25 (r), in 2 checks",
    )


def test_an_id_of_a_group_that_is_no_longer_needed() -> None:
    better = replace(PASSED, id="unauthorized/better")
    entry = group(ids=["unauthorized/better", WRONG.id], verdict="wrong")
    for whole in (True, False):
        compared = compare([WRONG, better], Baseline(accepted=[entry]), TODAY, whole=whole)
        [complaint] = compared.complaints
        assert complaint.startswith("unauthorized/better: wrong is accepted, but it passes now:")


def many(error: DocumentedError, verdict: Verdict, number: int, said: str = "") -> list[CaseResult]:
    diagnosis = Diagnosis.model_validate({"error": said}) if said else None
    known = {"reproduces": error, "judgement": Judgement(verdict), "diagnosis": diagnosis}
    return [replace(WRONG, id=f"{error}/{verdict}[{n}]", **known) for n in range(number)]


def test_a_first_baseline_has_groups(tmp_path: Path) -> None:
    rude = [
        replace(each, judgement=Judgement("misbehaved", ("retried-at-once", "password-in-clear")))
        for each in many("smtp-settings-incorrect", "passed", 9)
    ]
    alone = replace(CURED, id="imap-settings-incorrect/passed[1]", judgement=Judgement("crashed"))
    results = [
        *many("unauthorized", "wrong", 7, said="test-email-failed"),
        *many("unauthorized", "passed", 3),
        *many("imap-settings-incorrect", "timed-out", 4),
        *many("imap-settings-incorrect", "passed", 9),
        *many("test-email-failed", "not-applicable", 4),
        *rude,
        replace(rude[0], judgement=Judgement("passed"), id="smtp-settings-incorrect/passed[x]"),
        alone,
    ]
    text = first_baseline(results, TODAY)
    file = tmp_path / "baseline.yaml"
    file.write_text(text)
    assert "&" not in text and "*id" not in text, "no aliases"
    entries = load_baseline(file).accepted
    assert [(e.name, e.phase, e.what, e.violations) for e in entries] == [
        ("all checks", None, "misbehaved", ("retried-at-once",)),
        ("smtp-settings-incorrect/passed[0] smtp-settings-incorrect/passed[1] …", "fault",
         "misbehaved", ("password-in-clear",)),
        ("error=unauthorized said=test-email-failed", "fault", "wrong", ()),
        ("imap-settings-incorrect/timed-out[*]", "fault", "timed-out", ()),
        ("imap-settings-incorrect/passed[1]", "remedy", "crashed", ()),
    ]  # fmt: skip
    compared = compare(results, load_baseline(file), TODAY)
    assert compared.complaints == ()
    failed = {each.judgement.verdict for each in compared.results if each.failed}
    assert failed <= {"not-applicable"}


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
        (
            "accepted:\n- {verdict: wrong, reason: r, until: 2026-12-31}",
            "2: accepted[0]: required: `id",
        ),
        ("accepted:\n- {id: a, reason: r, until: 2026-12-31}", "accepted[0]: required: `verdict`"),
        (
            "accepted:\n- {id: a, ids: b, verdict: wrong, reason: r, until: 2026-12-31}",
            "accepted[0]: `id` is one check, `ids` are several: not both",
        ),
        (
            "accepted:\n- {eror: unauthorized, verdict: wrong, reason: r, until: 2026-12-31}",
            "2: accepted[0].eror: unknown key; did you mean 'error'?",
        ),
    ],
)
def test_mistakes_have_a_line_and_a_key(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "baseline.yaml"
    file.write_text(text)
    with pytest.raises(BadInput) as caught:
        load_baseline(file)
    assert problem in str(caught.value)
