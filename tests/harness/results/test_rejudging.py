"""A recorded run is judged again as it was, and as another mapping would have had it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import badinbox
from badinbox import Results
from harness.files.problems import BadInput
from harness.judging.policy import Policy
from harness.mapping import load_mapping
from harness.reports import json_report
from harness.reports.json_report import result_of
from harness.results.comparison import read_results
from harness.results.rejudging import judged_again
from harness.runner.events import RunFinished

CHOSEN = (
    "unauthorized/bad-password-imap[gmail]",
    "imap-authentication-error/rate-limited[plain]",
    "imap-settings-incorrect/port-refused[implicit-tls]",
    "unauthorized-untrusted-certificate/expired[imap-implicit-tls]",
    "smtp-settings-incorrect/ehlo-dropped",
    "connected/working[implicit-tls]",
)
RULES = """\
rules:
- {code: "NO", message: "(?i)password|credentials", means: unauthorized}
- {code: "NO", means: {error: imap-authentication-error, ask-password: true}}
- {code: CONNECT, means: imap-settings-incorrect}
"""


def product(settings: badinbox.ConnectionSettings) -> dict[str, Any]:
    """It names its own codes; the words are the server's, and the password is among them."""
    said = badinbox.check(settings)
    if said.error == "connected":
        return {"error": "connected", "warnings": []}
    code = "NO" if said.stage == "imap-login" else "CONNECT"
    words = " ".join(said.evidence.lines)
    return {"error": code, "message": words, "raw": {"typed": [settings.password]}}


def recorded(tmp_path: Path, **more: Any) -> Results:
    return badinbox.run(product, badinbox.load_scenarios(*CHOSEN), **more)


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    file = tmp_path / "mapping.yaml"
    file.write_text(RULES)
    return file


def outcomes(results: Any) -> list[Any]:
    return [(r.id, r.phase, r.remedy, r.judgement, r.diagnosis) for r in results]


def test_a_run_judged_again_has_the_same_verdicts(tmp_path: Path, rules: Path) -> None:
    meanings = load_mapping(rules)
    file = tmp_path / "run.json"
    for mapping in (None, meanings):
        file.write_text(recorded(tmp_path, meanings=mapping).model_dump_json())
        run = read_results(file)
        before = outcomes(map(result_of, run.cases))
        assert outcomes(judged_again(run, file, mapping).results) == before


def test_another_mapping_gives_the_verdicts_that_it_would_have_given(
    tmp_path: Path, rules: Path
) -> None:
    file = tmp_path / "run.json"
    file.write_text(recorded(tmp_path).model_dump_json())
    bare = read_results(file)
    assert {case.verdict for case in bare.cases if case.phase == "fault"} == {"unclear", "passed"}
    again = judged_again(bare, file, load_mapping(rules)).results
    told = {result.id: result.judgement for result in again if result.phase == "fault"}
    assert told[CHOSEN[0]].verdict == "misbehaved", "it shows the password"
    assert told[CHOSEN[1]].verdict == "misbehaved"
    assert "password-asked-in-vain" in told[CHOSEN[1]].violations
    assert told[CHOSEN[2]].verdict == "misbehaved" and told[CHOSEN[4]].verdict == "wrong"
    assert f"by the rule at {rules}:4" in told[CHOSEN[4]].why
    assert told[CHOSEN[5]].verdict == "passed"


def test_another_policy_changes_what_counts(tmp_path: Path, rules: Path) -> None:
    file = tmp_path / "run.json"
    run = recorded(tmp_path, meanings=load_mapping(rules))
    policy = Policy(levels={"secret-in-answer": "note", "password-asked-in-vain": "off"})
    again = judged_again(run, file, load_mapping(rules), policy).results
    told = {result.id: result.judgement for result in again if result.phase == "fault"}
    assert told[CHOSEN[1]].verdict == "passed" and told[CHOSEN[1]].notes == ("secret-in-answer",)
    usual = judged_again(run, file, load_mapping(rules)).results
    assert [each.judgement.verdict for each in usual] == [each.verdict for each in run.cases]


def test_the_builtin_checker_is_judged_again_too() -> None:
    run = badinbox.run("builtin", badinbox.load_scenarios(*CHOSEN))
    again = judged_again(run, Path("x"), None)
    assert all(result.passed for result in again.results)
    assert again.planned == len(CHOSEN) and not again.missing


def test_what_is_recorded_has_no_secret(tmp_path: Path) -> None:
    [scenario] = badinbox.load_scenarios(CHOSEN[0])
    text = recorded(tmp_path).model_dump_json()
    assert scenario.facts.account.password not in text
    case = next(case for case in json.loads(text)["cases"] if case["id"] == CHOSEN[0])
    assert case["basis"]["answer"]["report"]["raw"] == {"typed": ["***"]}


def test_a_file_that_does_not_say_what_its_verdicts_rest_on(tmp_path: Path) -> None:
    run = recorded(tmp_path)
    for damaged, complaint in (
        (None, "does not say what its verdict rests on: run it once more"),
        ({"expected": {}}, "the `basis` of "),
        ({**(run.cases[0].basis or {}), "saw": {"connections": [{"colour": 1}]}}, "cannot be read"),
    ):
        cases = [run.cases[0].model_copy(update={"basis": damaged})]
        with pytest.raises(BadInput) as caught:
            judged_again(run.model_copy(update={"cases": cases}), Path("old.json"), None)
        assert str(caught.value).startswith("old.json: ") and "\n" not in str(caught.value)
        assert complaint in str(caught.value)


def test_what_is_no_answers_fault_stays(tmp_path: Path) -> None:
    run = recorded(tmp_path)
    fault = run.cases[0].model_copy(update={"verdict": "harness-error", "basis": None})
    again = judged_again(run.model_copy(update={"cases": [fault]}), Path("x"), None)
    assert again.results[0].judgement.verdict == "harness-error"


def test_a_run_that_was_cut_off_is_read_from_its_stream(tmp_path: Path) -> None:
    run = recorded(tmp_path)
    results = [result_of(case) for case in run.cases]
    ids = list(dict.fromkeys(case.id for case in run.cases))
    results.sort(key=lambda each: each.id, reverse=True)  # as they were done
    lines = [json_report.stream_line(each, 1.5) for each in results]
    head = json_report.stream_head(ids, "a product")
    file = tmp_path / "run.json.part"
    file.write_bytes(b"".join([head, *lines]))
    whole = read_results(file)
    assert whole.cases == run.cases and whole.connector == "a product"
    assert whole.summary.complete and whole.summary.seconds == 1.5
    file.write_bytes(b"".join([head, *lines])[:-20])
    cut = judged_again(read_results(file), file, None)
    assert cut.missing == f"{len(ids) - 1} of {len(ids)} scenarios", "the last line was cut off"
    file.write_bytes(head[:30])
    with pytest.raises(BadInput):
        read_results(file)


def test_reports_say_that_a_run_is_incomplete() -> None:
    run = badinbox.run("builtin", badinbox.load_scenarios(CHOSEN[-1]))
    finished = RunFinished(tuple(map(result_of, run.cases)), 1.0, planned=3)
    assert json_report.results_of(finished).summary.complete is False
    assert replace(finished, planned=1).missing == ""
