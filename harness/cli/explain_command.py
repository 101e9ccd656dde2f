"""`badinbox explain`: what a server's reply means, the classification alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from harness.cli import BAD_INPUT, PASSED
from harness.cli.shared.options import Stream
from harness.cli.shared.printing import say, say_json
from harness.cli.shared.wrapping import fitted
from harness.files.problems import BadInput

if TYPE_CHECKING:
    from harness.classify.observation import Observation
    from harness.contract.diagnosis import Diagnosis


@click.command()
@click.option("--protocol", type=click.Choice(["imap", "smtp", "oauth"]))
@click.option("--stage", help="Where in the check it was received, such as imap-login.")
@click.option("--json", "as_json", is_flag=True, help="Print the diagnosis as JSON.")
@click.option(
    "--jsonl",
    type=Stream(),
    metavar="FILE",
    help="Explain many: lines with protocol, stage and reply; `-` is standard input.",
)
@click.argument("text", required=False)
def explain_command(
    protocol: str | None, stage: str | None, as_json: bool, jsonl: BinaryIO | None, text: str | None
) -> int:
    r"""Say what a server's reply means: TEXT as received, several lines joined by \n.

    An exception's text will do. Without --stage, one is assumed, and told.
    """
    if jsonl is not None:
        if protocol or stage or text or as_json:
            raise click.UsageError("--jsonl takes protocol, stage and reply from the lines")
        return _explain_lines(jsonl)
    if not text:
        raise click.UsageError("give TEXT, and --stage where it is known, or --jsonl FILE")
    stage = stage or ("oauth-token" if protocol == "oauth" else None)
    assumed = stage is None
    seen = _observed(protocol, stage, text) if stage else _found_in(text, protocol)
    stage = seen.stage
    diagnosis, rules = _understood(seen, text)
    if as_json:
        answer = {**diagnosis.model_dump(mode="json"), "stage_assumed": assumed, "rules": rules}
        say_json(answer, 2)
    else:
        say(f"{'stage':<13} {stage}{' (assumed)' if assumed else ''}")
        _print(diagnosis, rules)
    return PASSED


def _observed(protocol: str | None, stage: str, text: str) -> Observation:
    from harness.classify.pasted import observe

    try:
        return observe(protocol or _protocol_of(stage), stage, text)
    except ValueError as error:
        raise BadInput([str(error)]) from None


def _found_in(text: str, protocol: str | None) -> Observation:
    """The stage that a reply or an exception's text belongs to, and the server's lines in it."""
    from harness.reproducing.failure import find_failure
    from harness.reproducing.material import lines_of, read

    plain = text.replace("\\r", "").replace("\\n", "\n")
    failure = find_failure(read(lines_of(plain.encode("utf-8", "surrogateescape"))))
    if failure is None or protocol not in (None, failure.protocol):
        raise click.UsageError("no reply was found in TEXT; say with --stage where it was received")
    seen = _observed(failure.protocol, failure.stage, "\n".join(failure.lines) or text)
    return replace(seen, by_token=failure.by_token)


def _understood(seen: Observation, text: str) -> tuple[Diagnosis, list[dict[str, Any]]]:
    """What it means and why, without the tokens that the text may have."""
    from harness.classify import classify
    from harness.contract.masking import Masking
    from harness.reproducing.credentials import token_secrets

    masking = Masking(token_secrets(text))
    diagnosis = classify(seen)
    shown = diagnosis.model_copy(update={"evidence": masking.signals(diagnosis.evidence)})
    rules = _rules(seen)
    for rule in rules:
        rule["matched"] = [masking.text(each) for each in rule["matched"]]
    return shown, rules


def _protocol_of(stage: str) -> str:
    """Its first part, for one that there is not, too: that is told with its protocol's stages."""
    from harness.taxonomy import STAGES

    known = {str(name): info.protocol for name, info in STAGES.items()}
    return known.get(stage, stage.partition("-")[0])


def _rules(seen: Observation) -> list[dict[str, Any]]:
    """The rules that matched, the one that decided first."""
    from harness.classify.trace import trace

    return [
        {
            "id": match.rule.id,
            "cause": match.cause,
            "candidates": list(match.rule.candidates),
            "matched": list(match.signals),
            "place": match.place,
            "tier": match.rule.tier,
            "about": match.rule.about,
            "source": match.rule.source,
            "passed_over": match.barred,
        }
        for match in trace(seen)
    ]


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


def _print(diagnosis: Diagnosis, rules: list[dict[str, Any]]) -> None:
    shown = {
        "error": diagnosis.error,
        "cause": diagnosis.cause,
        "candidates": ", ".join(diagnosis.candidates),
        "confidence": diagnosis.confidence,
        "ask password": "yes" if diagnosis.ask_password else "no",
        "retry": "yes" if diagnosis.retryable else "no",
        "advice": ", ".join(diagnosis.advice),
    }
    lines = [f"{name:<13} {value}" for name, value in shown.items() if value]
    for line in (*lines, "", diagnosis.text["en"], "", *_reasons(diagnosis, rules)):
        say(fitted(line))


def _reasons(diagnosis: Diagnosis, rules: list[dict[str, Any]]) -> Iterator[str]:
    """Which rule decided, and why none of the others did."""
    weaker = [rule for rule in rules if not rule["passed_over"] and rule["id"] != diagnosis.rule]
    others = f"; {len(weaker)} weaker {'one' if len(weaker) == 1 else 'ones'} also did"
    if diagnosis.rule is None:
        yield "No rule matched: the stage alone decided."
    for rule in rules:
        if rule["id"] == diagnosis.rule:
            yield f"Rule {rule['id']} matched{others if weaker else ''}."
            yield from _reason(rule)
    if weaker:
        yield "Rules are tried by tier, then by place; the first that matches decides. After it:"
    for rule in weaker:
        yield f"{rule['id']}: {rule['cause']}"
        yield from _reason(rule)
    for rule in rules:
        if rule["passed_over"]:
            yield f"{rule['id']}: {rule['cause']}, passed over, for the refusal is temporary"
            yield from _reason(rule)


def _reason(rule: dict[str, Any]) -> Iterator[str]:
    yield f"  matched  {'; '.join(rule['matched'])}"
    if rule["candidates"]:
        yield f"  lists    {', '.join(rule['candidates'])}"
    yield f"  place    {rule['place']}, tier {rule['tier']}: {rule['about']}"
    yield f"  source   {rule['source']}"


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
        say_json(answer)
    sys.stdout.flush()
    if failed:
        say(f"badinbox explain: {failed} lines could not be read", err=True)
    return BAD_INPUT if failed else PASSED


def _parsed(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadInput([f"not JSON: {error}"]) from None


def _answer(diagnosis: Diagnosis) -> dict[str, Any]:
    keys = {"error", "cause", "ask_password", "confidence", "rule"}
    return diagnosis.model_dump(mode="json", include=keys)
