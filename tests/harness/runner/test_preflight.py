"""Before all else: does it connect a mailbox that works? And who is asked to warn?"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Callable

import pytest

from harness.checker import check
from harness.connectors.inprocess import InProcess
from harness.contract.answer import Answer, Report, Reported
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import ConnectionSettings
from harness.runner.events import CaseResult
from harness.runner.preflight import preflight
from harness.runner.runner import Runner
from harness.scenario.catalogue import builtin_path, collect, select


def result(connector: Callable[[ConnectionSettings], Diagnosis]) -> CaseResult | None:
    async def run() -> CaseResult | None:
        async with Runner(InProcess(connector)) as runner:
            return await preflight(runner)

    return asyncio.run(run())


def impolite(settings: ConnectionSettings) -> Diagnosis:
    """Says right, and looks in once more without a word of goodbye."""
    said = check(settings)
    context = ssl.create_default_context(cafile=settings.ca_file)
    smtp = smtplib.SMTP_SSL(settings.smtp.host, settings.smtp.port, context=context)
    smtp.login(settings.login, settings.password)
    smtp.close()
    return said


def test_one_that_connects_goes_on_however_it_behaves() -> None:
    assert result(check) is None
    assert result(impolite) is None


def test_one_that_does_not_is_stopped() -> None:
    stopped = result(lambda _: Diagnosis(error="imap-settings-incorrect"))
    assert stopped is not None and stopped.judgement.verdict == "wrong"


class Foreign(InProcess):
    """The built-in checker, answering as a program of others does."""

    warns: bool

    async def check(self, settings: ConnectionSettings, deadline_s: float) -> Answer:
        said = await super().check(settings, deadline_s)
        assert isinstance(said, Diagnosis)
        warnings = {"warnings": []} if self.warns else {}
        return Reported(Report.model_validate({"error": said.error, **warnings}))


@pytest.mark.parametrize(("warns", "verdict"), [(True, "misbehaved"), (False, "passed")])
def test_warnings_are_asked_only_of_those_that_give_any(warns: bool, verdict: str) -> None:
    expired = "unauthorized-untrusted-certificate/expired[imap-implicit-tls,insecure-allowed]"
    [scenario] = select(collect([builtin_path()]), [expired])
    connector = Foreign(check)
    connector.warns = warns

    async def run() -> CaseResult:
        async with Runner(connector) as runner:
            [found] = await runner.run_case(scenario, "fault")
            return found

    assert asyncio.run(run()).judgement.verdict == verdict
