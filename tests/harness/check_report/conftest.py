"""Findings to tell of."""

from __future__ import annotations

import pytest

from fakeservers.dialects.dialect import load_dialect
from harness.check_report import CheckFindings
from harness.checker import CheckStep, SpokenLine
from harness.checker.second_look import Probe
from harness.contract.diagnosis import Diagnosis, Signals
from harness.contract.settings import ConnectionSettings, ServerSettings
from harness.texts import render

PASSWORD = "Tr0ub4dor&3-inbox"
HOSTILE = "NO <script>alert(1)</script> | **bold** ``` [x](javascript:1) \x1b[31m"


def diagnosed(**known: object) -> Diagnosis:
    found = Diagnosis(
        **{
            "error": "unauthorized-app-password-required",
            "stage": "imap-login",
            "cause": "app-password-required",
            "owner": "customer",
            "ask_password": True,
            "advice": ["use-app-password"],
            "evidence": Signals(lines=[f"a1 {HOSTILE}"], response_code="ALERT"),
            **known,
        }
    )
    return found.model_copy(update={"text": render(found)})


@pytest.fixture
def findings() -> CheckFindings:
    server = ServerSettings(host="127.0.0.1", port=993)
    return CheckFindings(
        settings=ConnectionSettings(
            email="anna.smith@example.test",
            password=PASSWORD,
            imap=server,
            smtp=server.model_copy(update={"port": 587, "security": "starttls"}),
        ),
        diagnosis=diagnosed(),
        steps=(
            CheckStep("connect-imap", "done", "127.0.0.1:993, TLSv1.3", 0.25),
            CheckStep("log-in-imap", "failed", "imap-login", 0.5),
        ),
        said=(
            SpokenLine(0.1, "imap", "S", "* OK hello anna.smith@example.test", True),
            SpokenLine(0.2, "imap", "C", "a1 AUTHENTICATE PLAIN ***", True),
            SpokenLine(0.3, "imap", "S", f"a1 {HOSTILE}", True),
        ),
        probes=(
            Probe(
                name="other-port",
                protocol="imap",
                outcome="port-closed",
                facts={"host": "<b>host</b>", "port": "143"},
            ),
        ),
        provider=load_dialect("gmail"),
        scenario="unauthorized-app-password-required/gmail-imap",
    )
