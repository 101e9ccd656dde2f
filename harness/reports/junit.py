"""The results as JUnit XML: one test case for each check."""

from __future__ import annotations

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from harness.reports.result_text import explain_failure, title
from harness.runner.events import CaseResult, RunFinished
from harness.texts.escaping import visible_lines


def report(finished: RunFinished, connector: str) -> bytes:
    """The whole document, UTF-8. A fault of the harness is an error, all else a failure, but
    what a baseline accepts and what does not apply: that is skipped, with the reason.
    """
    suite = TestSuite("badinbox")
    for result in finished.results:
        suite.add_testcase(_case(result))
    if finished.missing:
        suite.add_property("incomplete", finished.missing)
    document = JUnitXml("badinbox")
    document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    content: bytes = document.tostring()  # type: ignore[no-untyped-call]
    return content


def _case(result: CaseResult) -> TestCase:
    case = TestCase(title(result), classname=result.reproduces, time=result.seconds)
    why = visible_lines(result.judgement.why)
    if result.accepted:
        accepted = visible_lines(result.accepted)
        case.result = [Skipped(f"{result.judgement.verdict}, accepted: {accepted}")]
    elif not result.applies:
        case.result = [Skipped(f"not applicable: {why}")]
    elif not result.passed:
        verdict = result.judgement.verdict
        kind = Error if verdict == "harness-error" else Failure
        outcome = kind(f"{verdict}: {why}", verdict)
        outcome.text = explain_failure(result)
        case.result = [outcome]
    return case
