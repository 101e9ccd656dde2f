"""`badinbox explain`: what a server's reply means, the classification alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from harness.cli import BAD_INPUT, PASSED
from harness.cli.shared.options import Stream, language_option
from harness.cli.shared.printing import refusals_in, say, say_json
from harness.cli.shared.wrapping import fitted
from harness.files.problems import BadInput
from harness.texts import load_command_texts, retold

if TYPE_CHECKING:
    from harness.classify.observation import Observation
    from harness.contract.diagnosis import Diagnosis
    from harness.taxonomy import Stage


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
@language_option()
@click.argument("text", required=False)
def explain_command(
    protocol: str | None,
    stage: str | None,
    as_json: bool,
    jsonl: BinaryIO | None,
    lang: str,
    text: str | None,
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
    with refusals_in(lang):
        seen = _observed(protocol, stage, text) if stage else _found_in(text, protocol, lang)
    diagnosis, rules = _understood(seen, text)
    if as_json:
        answer = {**diagnosis.model_dump(mode="json"), "stage_assumed": assumed, "rules": rules}
        say_json(answer, 2)
        return PASSED
    for line in _explained_lines(diagnosis, rules, seen.stage, lang, assumed=assumed):
        say(line)
    return PASSED


def _observed(protocol: str | None, stage: str, text: str) -> Observation:
    from harness.classify.pasted import observe

    try:
        return observe(protocol or _protocol_of(stage), stage, text)
    except ValueError as error:
        raise BadInput([str(error)]) from None


def _found_in(text: str, protocol: str | None, language: str) -> Observation:
    """The stage that a reply or an exception's text belongs to, and the server's lines in it."""
    from harness.reproducing.failure import find_failure
    from harness.reproducing.material import lines_of, read

    plain = text.replace("\\r", "").replace("\\n", "\n")
    failure = find_failure(read(lines_of(plain.encode("utf-8", "surrogateescape"))))
    if failure is None or protocol not in (None, failure.protocol):
        why = "no reply was found in TEXT; say with --stage where it was received"
        raise click.UsageError(retold("reproduced", why, language))
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


def _explained_lines(
    diagnosis: Diagnosis,
    rules: list[dict[str, Any]],
    stage: Stage,
    language: str,
    *,
    assumed: bool,
) -> Iterator[str]:
    """The diagnosis in rows, its paragraph, and the rules that matched, `rules`, the one that
    decided first. `assumed`: nobody has told the stage."""
    words: dict[str, Any] = load_command_texts(language)["explain"]
    shown = {
        "stage": f"{stage}{words['assumed'] if assumed else ''}",
        "error": diagnosis.error,
        "cause": diagnosis.cause,
        "candidates": ", ".join(diagnosis.candidates),
        "confidence": words["confidence"].get(diagnosis.confidence),
        "ask-password": words["ask-password"]["may-be" if diagnosis.ask_password else "may-not-be"],
        "retry": words["retry"]["may-help" if diagnosis.retryable else "helps-not"],
        "advice": ", ".join(diagnosis.advice),
    }
    width = max(map(len, words["labels"].values())) + 1
    rows = [f"{words['labels'][name]:<{width}} {text}" for name, text in shown.items() if text]
    for line in (*rows, "", diagnosis.text[language], ""):
        yield fitted(line)
    for line in _reasons(diagnosis, rules, language):
        yield fitted(line)


def _reasons(diagnosis: Diagnosis, rules: list[dict[str, Any]], language: str) -> Iterator[str]:
    """Which rule decided, and why none of the others did."""
    texts = load_command_texts(language)
    words: dict[str, Any] = texts["explain"]
    weaker = [rule for rule in rules if not rule["passed_over"] and rule["id"] != diagnosis.rule]
    if diagnosis.rule is None:
        yield words["no-rule"]
    for rule in rules:
        if rule["id"] == diagnosis.rule:
            decided = words["also-weaker"][len(weaker) > 1] if weaker else words["matched"]
            yield decided.format(id=rule["id"], number=len(weaker))
            yield from _reason(rule, language)
    if weaker:
        yield words["weaker"]
    for rule in weaker:
        yield texts["titled"].format(id=rule["id"], text=rule["cause"])
        yield from _reason(rule, language)
    for rule in rules:
        if rule["passed_over"]:
            yield words["passed-over"].format(id=rule["id"], cause=rule["cause"])
            yield from _reason(rule, language)


def _reason(rule: dict[str, Any], language: str) -> Iterator[str]:
    texts = load_command_texts(language)
    words: dict[str, Any] = texts["explain"]
    labels: dict[str, str] = words["reasons"]
    about = retold("explained", rule["about"], language)
    matched = (retold("explained", each, language) for each in rule["matched"])
    shown = {
        "matched": texts["between"].join(matched),
        "lists": ", ".join(rule["candidates"]),
        "place": words["place"].format(place=rule["place"], tier=rule["tier"], about=about),
        "source": rule["source"],
    }
    width = max(map(len, labels.values())) + 1
    yield from (f"  {labels[name]:<{width}} {text}" for name, text in shown.items() if text)


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
