"""`badinbox explain`: what a server's reply means, the classification alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from harness.cli import BAD_INPUT, PASSED
from harness.problems import BadInput

if TYPE_CHECKING:
    from harness.diagnosis import Diagnosis


@click.command("explain")
@click.option("--protocol", type=click.Choice(["imap", "smtp"]))
@click.option("--stage", help="Where in the check it was received, such as imap-login.")
@click.option("--json", "as_json", is_flag=True, help="Print the diagnosis as JSON.")
@click.option(
    "--jsonl",
    type=click.File("rb"),
    metavar="FILE",
    help="Explain many: lines with protocol, stage and reply; `-` is standard input.",
)
@click.argument("text", required=False)
def command(
    protocol: str | None, stage: str | None, as_json: bool, jsonl: BinaryIO | None, text: str | None
) -> int:
    r"""Say what a server's reply means: TEXT as received, several lines joined by \n."""
    if jsonl is not None:
        if protocol or stage or text or as_json:
            raise click.UsageError("--jsonl takes protocol, stage and reply from the lines")
        return _explain_lines(jsonl)
    if not (protocol and stage and text):
        raise click.UsageError("give --protocol, --stage and TEXT, or --jsonl FILE")
    diagnosis = _diagnosis({"protocol": protocol, "stage": stage, "reply": text})
    if as_json:
        click.echo(diagnosis.model_dump_json(indent=2))
    else:
        _print(diagnosis)
    return PASSED


def _diagnosis(asked: object) -> Diagnosis:
    from harness.classify import explain

    if not isinstance(asked, dict):
        raise BadInput(["expected an object with protocol, stage and reply"])
    for key in ("protocol", "stage", "reply"):
        if not isinstance(asked.get(key), str):
            raise BadInput([f"expected {key}, a string"])
    try:
        return explain(asked["protocol"], asked["stage"], asked["reply"])
    except ValueError as error:
        raise BadInput([str(error)]) from None


def _print(diagnosis: Diagnosis) -> None:
    shown = {
        "error": diagnosis.error,
        "cause": diagnosis.cause,
        "candidates": ", ".join(diagnosis.candidates),
        "confidence": diagnosis.confidence,
        "rule": diagnosis.rule,
        "ask password": "yes" if diagnosis.ask_password else "no",
        "retry": "yes" if diagnosis.retryable else "no",
        "advice": ", ".join(diagnosis.advice),
    }
    for name, value in shown.items():
        if value:
            click.echo(f"{name:<13} {value}")
    click.echo(f"\n{diagnosis.text['en']}")


def _explain_lines(lines: Iterable[bytes]) -> int:
    """Answer line by line; a line that cannot be read is answered too, and counted."""
    failed = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            answer = _answer(_diagnosis(_parsed(line)))
        except BadInput as error:
            failed += 1
            answer = {"error": None, "line": number, "problem": str(error)}
        click.echo(json.dumps(answer))
    sys.stdout.flush()
    if failed:
        click.echo(f"badinbox explain: {failed} lines could not be read", err=True)
    return BAD_INPUT if failed else PASSED


def _parsed(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadInput([f"not JSON: {error}"]) from None


def _answer(diagnosis: Diagnosis) -> dict[str, Any]:
    keys = {"error", "cause", "ask_password", "confidence", "rule"}
    return diagnosis.model_dump(mode="json", include=keys)
