"""Lives as a run has them, made by hand."""

from __future__ import annotations

from dataclasses import replace

from harness.contract.diagnosis import Diagnosis
from harness.judging.verdict import Judgement
from harness.runner.events import (
    CaseResult,
    Expected,
    LifeEvent,
    Said,
)
from harness.runner.records import ConnectionRecord, Line

EVIL = "<script>alert(1)</script> `|*_\x1b[31m\n::error::"


def step(at_s: float, text: str, state: str = "done") -> LifeEvent:
    return LifeEvent(at_s, "step", text, state)


def said(at_s: float, state: str, text: str = "") -> LifeEvent:
    return LifeEvent(at_s, "said", text or state, state)


def came(at_s: float, outcome: str, service: str = "imap") -> tuple[LifeEvent, LifeEvent]:
    """Somebody connects, and logs in."""
    return (
        LifeEvent(at_s, "connection", service),
        LifeEvent(at_s, "log-in", f"{service}: {outcome}", outcome),
    )


REFUSED = "failing: unauthorized (bad-credentials); tries again in 0.5 s"
BEGINS = (
    step(0.0, "until: connected", "met"),
    *came(0.31, "accepted"),
    *came(0.36, "accepted", "smtp"),
    said(0.402, "connected"),
    step(0.405, "deliver: 1"),
    step(0.406, "seen: all", "met"),
    said(0.911, "message", "message <badinbox-1@example.test>"),
)
BREAKS = (
    *BEGINS,
    step(0.915, "change: breaks-into"),
    step(0.916, "cut: fin"),
    step(0.917, "says: unauthorized", "met"),
    *came(1.1, "answered"),
    said(1.15, "failing", REFUSED),
    step(1.16, "deliver: 1"),
    step(1.161, "wait-s: 2.0", "met"),
)
STAYS_DOWN = (
    *BREAKS,
    *(event for number in range(60) for event in came(1.3 + number / 20, "refused")),
    step(3.165, "remedy: confirm-address-and-password"),
    step(3.166, "says: connected", "unmet"),
    *(said(3.3 + number / 10, "failing", REFUSED) for number in range(40)),
)
LINES = (
    Line(0.1, "S", "* OK ready", True),
    Line(0.2, "C", "a LOGIN ***", True),
    Line(0.21, "*", "imap.rules[0] fired at login", False),
    Line(0.22, "S", "a NO wrong", True),
)
LIFE = CaseResult(
    id="life/password-changed[gmail]",
    reproduces="unauthorized",
    phase="fault",
    remedy=None,
    expected=Expected("unauthorized", "imap-login", "bad-credentials"),
    diagnosis=Diagnosis(error="unauthorized"),
    judgement=Judgement("not-recovered", (), "still says unauthorized"),
    said=Said("unauthorized", "The password is wrong."),
    fired=("imap.rules[0]",),
    transcript=(
        ConnectionRecord("imap", "imap", "127.0.0.1:9", "client", "FIN", LINES),
        ConnectionRecord("smtp", "smtp", "127.0.0.1:10", "client", "FIN", LINES[:1]),
    ),
    life=tuple(sorted(STAYS_DOWN, key=lambda each: each.at_s)),
    seconds=7.5,
)
PASSED = replace(
    LIFE,
    id="life/password-changed[yahoo]",
    judgement=Judgement("passed"),
    life=(*BREAKS, step(3.2, "says: connected", "met"), said(3.6, "connected")),
)
HOSTILE = replace(
    LIFE,
    id="life/hostile",
    judgement=Judgement("hammered", (), EVIL),
    life=(*LIFE.life, said(9.0, "failing", f"failing: {EVIL}"), step(9.1, EVIL, "unmet")),
)
