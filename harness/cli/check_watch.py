"""`check --watch`: the rounds as lines, of text or of JSON, and a summary at the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from harness.cli import NOT_PASSED, PASSED

if TYPE_CHECKING:
    from harness.checker.watch import Plan, Round
    from harness.contract.settings import ConnectionSettings


def run_watch(settings: ConnectionSettings, plan: Plan, *, language: str, as_json: bool) -> int:
    """Watch until the plan or Ctrl-C ends it; 0 if every round was connected, else 1."""
    from harness.checker import check
    from harness.checker.watch import Clock, was_refused, watch

    clock = Clock()
    began = clock.monotonic()
    rounds: list[Round] = []
    show = _JsonLines() if as_json else _Lines(language, plan.interval_s)
    try:
        for each in watch(lambda send: check(settings, send=send), plan, clock):
            rounds.append(each)
            show.round(each, last=len(rounds) == plan.rounds or was_refused(each.diagnosis))
    except KeyboardInterrupt:
        pass  # the usual end of a watch
    show.summary(_summary(rounds, clock.monotonic() - began))
    return PASSED if rounds and all(each.connected for each in rounds) else NOT_PASSED


def _summary(rounds: list[Round], seconds: float) -> dict[str, Any]:
    from harness.checker.watch import was_refused

    connected = sum(each.connected for each in rounds)
    return {
        "rounds": len(rounds),
        "connected": connected,
        "failed": len(rounds) - connected,
        "losses": sum(each.change == "was-lost" for each in rounds),
        "seconds": round(seconds, 1),
        "refused": bool(rounds) and was_refused(rounds[-1].diagnosis),
    }


class _Lines:
    def __init__(self, language: str, interval_s: float) -> None:
        from harness.texts import load_check_texts

        self._texts = load_check_texts(language)["watch"]
        self._interval_s = interval_s

    def round(self, each: Round, *, last: bool) -> None:
        for line in self._lines(each):
            click.echo(line)
        if not last and each.change != "stays":
            click.echo(self._texts["next"].format(seconds=f"{self._interval_s:g}"))

    def summary(self, summary: dict[str, Any]) -> None:
        if summary["refused"]:
            click.echo(self._texts["stopped"])
        click.echo(self._texts["summary"].format(**summary))

    def _lines(self, each: Round) -> Iterator[str]:
        from harness.reports.explain import said, visible

        seconds = each.since_s if each.change == "recovered" else each.seconds
        yield self._texts[each.change].format(
            time=each.began.strftime("%Y-%m-%d %H:%M:%S"),
            seconds=f"{seconds:.1f}",
            what=said(each.diagnosis),
        )
        if each.change != "still-fails":
            for line in each.diagnosis.evidence.lines:
                yield self._texts["said"].format(line=visible(line))


class _JsonLines:
    def round(self, each: Round, *, last: bool) -> None:
        self._echo(
            {
                "round": each.number,
                "began": each.began.isoformat(timespec="seconds"),
                "seconds": round(each.seconds, 3),
                "change": each.change,
                "sent": each.sent,
                "diagnosis": each.diagnosis.model_dump(mode="json"),
            }
        )

    def summary(self, summary: dict[str, Any]) -> None:
        self._echo({"summary": summary})

    def _echo(self, data: dict[str, Any]) -> None:
        click.echo(json.dumps(data, ensure_ascii=False))
