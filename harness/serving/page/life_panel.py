"""What the page shows of a life: how far it has come, what is awaited, its time line."""

from __future__ import annotations

import shlex
from typing import Any

from harness.reports.html import typeset
from harness.reports.lives.drawing import drawing
from harness.reports.look import mark_of
from harness.reports.result_text import why_in
from harness.scenario.life.life_steps import LifeStep
from harness.scenario.model import Moment
from harness.serving.living import Living
from harness.serving.standing import Standing
from harness.texts import load_page_texts, load_report_texts, load_texts


def life_panel(standing: Standing, language: str) -> dict[str, Any]:
    """What its template is given; without a life, no more than that there is none."""
    living = standing.living
    if living is None:
        return {"living": None}
    judgement = living.result.judgement if living.result else None
    return {
        "living": living,
        "at": f"/s/{standing.name}",
        "command": f"badinbox report {shlex.quote(standing.id)} --state …",
        "line": drawing(living.events, language, living.now_s),
        "life_texts": typeset(load_report_texts(language)["life"], language),
        "mark": mark_of(judgement.verdict) if judgement else "",
        "why": why_in(judgement, language) if judgement else "",
        "waits": _waits(living),
        "explained": _explained(living, language),
    }


def _at_hand(living: Living) -> Moment | None:
    return living.moments[living.at - 1] if living.at else None


def _waits(living: Living) -> bool:
    """Whether no more than time has to pass at the step at hand: it can be done with now."""
    moment = _at_hand(living)
    return moment is not None and (moment.step.wait_s or moment.step.for_s) is not None


def _explained(living: Living, language: str) -> str:
    """What the step at hand waits for, in one sentence."""
    moment = _at_hand(living)
    if moment is None or living.run.over:
        return ""
    texts: dict[str, str] = typeset(load_page_texts(language)["awaited"], language)
    name = _name(moment.step)
    title: str = load_texts(language)["errors"].get(moment.step.says, "").rstrip(".")
    return texts[name].format(error=title) if name in texts else ""


def _name(step: LifeStep) -> str:
    """Of its sentence."""
    if step.until is not None:
        return step.until if isinstance(step.until, str) else "counts"
    return "says-connected" if step.says == "connected" else step.kind
