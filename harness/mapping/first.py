"""A first mapping, from what a connector said in every scenario: for a person to correct.

A code that was always given for one documented error means that error. A code given for several
means the one it was given for most often; words in its messages that tell one of the others get a
rule of their own, before it. Pure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import regex
import yaml

from harness.mapping.phrases import telling_phrases
from harness.runner.events import CaseResult
from harness.taxonomy import DOCUMENTED_ERRORS

MOST_PHRASES = 12
"""Rules for the words of one code; what is more is no mapping that a person would go through."""


@dataclass
class _Code:
    """What was said with one code: per documented error how often, and with which messages."""

    errors: Counter[str] = field(default_factory=Counter)
    messages: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


def first_mapping(results: Sequence[CaseResult], connector: str) -> str:
    """The text of a mapping file, from the fault phases of a run."""
    codes: dict[str, _Code] = defaultdict(_Code)
    silent = 0
    for result in results:
        if result.said is None or not result.said.error:
            silent += 1
            continue
        code = codes[result.said.error]
        code.errors[result.reproduces] += 1
        code.messages[result.said.message][result.reproduces] += 1
    own = sorted(codes.keys() - DOCUMENTED_ERRORS)  # documented errors need no mapping
    lines = [_HEADER, f"connector: {_quoted(connector)}", "rules:" if own else "rules: []"]
    for name in own:
        lines += _rules(name, codes[name])
    if silent:
        lines.append(f"# In {silent} scenarios it gave no answer that could be read.")
    return "\n".join(lines) + "\n"


def _rules(name: str, code: _Code) -> Iterator[str]:
    usual = code.errors.most_common(1)[0][0]
    for phrase in telling_phrases(code.messages, usual, MOST_PHRASES):
        yield f"  - code: {_quoted(name)}"
        yield f"    message: {_quoted(_pattern(phrase.text))}"
        yield f"    means: {phrase.kind}  # {_counted(Counter(phrase.kinds))}"
    yield f"  - code: {_quoted(name)}"
    yield f"    means: {usual}  # {_counted(code.errors)}"


def _pattern(text: str) -> str:
    """The text as a regular expression, with no more backslashes than it needs."""
    return regex.sub(r"[\\.^$*+?{}\[\]|()]", r"\\\g<0>", text)


def _counted(errors: Counter[str]) -> str:
    times = (
        (error, f"{count} times" if count > 1 else "once") for error, count in errors.most_common()
    )
    return ", ".join(f"{often} {error}" for error, often in times)


def _quoted(text: str) -> str:
    """The text as one YAML scalar on one line."""
    return yaml.safe_dump(text, width=10**9, default_style='"').strip()


_HEADER = """\
# What the connector's codes and messages mean: the first rule that fits decides. Written from one
# run; the comments say for which documented errors a code, or its message with these words, was
# given. Correct what is wrong: a rule may accept several errors,
# `means: [unauthorized, imap-authentication-error]`, or others in scenarios of one cause,
# `for-cause: {rate-limited: imap-authentication-error}`."""
