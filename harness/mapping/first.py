"""A first mapping, from what a connector said in every scenario: for a person to correct.

A code that was always given for one documented error means that error. A code given for several
means the one it was given for most often; words in its messages that tell one of the others get a
rule of their own, before it, or a comment where they were seen once. Pure.
"""

from __future__ import annotations

import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

import yaml

from harness.judging.basis import Basis
from harness.judging.verdict import Verdict
from harness.mapping.phrases import Phrase, as_pattern, telling_phrases
from harness.runner.events import CaseResult
from harness.taxonomy import DOCUMENTED_ERRORS

MOST_RULES: Final = 8
"""Rules for the words of one code; what is more is no mapping that a person would go through."""
MOST_ONCE: Final = 8
"""Comments on words that were seen once, of one code."""
WIDTH: Final = 100
UNREAD: Final[dict[Verdict, str]] = {
    "not-applicable": "it does not do what is asked there",
    "not-exercised": "it never met the fault",
    "harness-error": "badinbox itself failed",
}
_HEADER: Final = """\
# What the connector's codes and messages mean: the first rule that fits decides. Written from one
# run; the comments say for which documented errors a code, or its message with these words, was
# given. Correct what is wrong: a rule may accept several errors,
# `means: [unauthorized, imap-authentication-error]`, or others in scenarios of one cause,
# `for-cause: {rate-limited: imap-authentication-error}`; or the product claims nothing, and shows
# what the server said, `means: server-words`."""


@dataclass
class _Code:
    """What was said with one code: per documented error how often, and with which messages."""

    errors: Counter[str] = field(default_factory=Counter)
    messages: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    @property
    def usual(self) -> str:
        return self.errors.most_common(1)[0][0]

    def is_for_failures(self) -> None:
        """It is no word for success: where it stands for one although the mailbox works, the
        connector lacks what would have made it connect there, such as the option to allow insecure
        certificates."""
        if len(self.errors) > 1:
            del self.errors["connected"]
            for kinds in self.messages.values():
                del kinds["connected"]
            self.messages = {text: kinds for text, kinds in self.messages.items() if kinds}

    @property
    def phrases(self) -> list[Phrase]:
        if self.usual == "connected":
            return []
        return telling_phrases(self.messages, self.usual, MOST_RULES + MOST_ONCE)


def first_mapping(results: Sequence[CaseResult], connector: str) -> str:
    """The text of a mapping file, from the fault phases of a run."""
    codes: dict[str, _Code] = defaultdict(_Code)
    unread: dict[str, list[str]] = defaultdict(list)
    for result in results:
        if why := _why_unread(result):
            unread[why].append(result.id)
        elif result.said:
            code = codes[result.said.error]
            code.errors[result.reproduces] += 1
            code.messages[result.said.message][result.reproduces] += 1
    own = {name: codes[name] for name in sorted(codes.keys() - DOCUMENTED_ERRORS)}
    success = max(codes, key=lambda name: codes[name].errors["connected"], default="")
    for name, code in own.items():
        if name != success:
            code.is_for_failures()
    lines = [_HEADER, f"connector: {quoted(connector)}", "rules:" if own else "rules: []"]
    lines += _rules(own)
    for why, ids in unread.items():
        lines += _told(f"Not read, as {why}: {len(ids)}", ids)
    return "\n".join(lines) + "\n"


def _why_unread(result: CaseResult) -> str:
    verdict = result.judgement.verdict
    if verdict in UNREAD:
        return UNREAD[verdict]
    if result.said is None or not result.said.error:
        return f"it gave no answer that could be read ({verdict})"
    if result.reproduces == "connected" and _never_connected(result):
        return "it connected no mailbox, though nothing is wrong with it"
    return ""


def _never_connected(result: CaseResult) -> bool:
    """What was said there is no word for success, whatever else it was said at: not even that of an
    exception of its own, such as where it cannot spell a password."""
    if result.basis is None:
        return False
    basis = Basis.from_data(result.basis)
    return not set(basis.expected.logs_in) <= basis.saw.logged_in_to


def _rules(codes: dict[str, _Code]) -> Iterator[str]:
    """Codes that mean the same whatever the message are one rule."""
    plain: dict[str, list[str]] = defaultdict(list)
    for name, code in codes.items():
        if phrases := code.phrases:
            yield from _with_phrases(name, code, phrases)
        else:
            plain[code.usual].append(name)
    for usual, names in plain.items():
        counts = sum((codes[name].errors for name in names), Counter())
        listed = f"[{', '.join(map(quoted, names))}]" if len(names) > 1 else quoted(names[0])
        yield f"  - code: {listed}"
        yield f"    means: {usual}  # {_counted(counts, usual)}"


def _with_phrases(name: str, code: _Code, phrases: Sequence[Phrase]) -> Iterator[str]:
    often = [phrase for phrase in phrases if phrase.right > 1][:MOST_RULES]
    for phrase in often:
        yield f"  - code: {quoted(name)}"
        yield f"    message: {quoted(as_pattern(phrase.text))}"
        yield f"    means: {phrase.kind}  # {_counted(Counter(phrase.kinds), phrase.kind)}"
    for phrase in phrases:
        if phrase.right == 1:
            yield f"    # seen once: {quoted(as_pattern(phrase.text))}, for {phrase.kind}"
    yield f"  - code: {quoted(name)}"
    left = code.errors - sum((Counter(phrase.kinds) for phrase in often), Counter())
    yield f"    means: {code.usual}  # {_counted(left, code.usual)}"


def _told(heading: str, ids: Sequence[str]) -> Iterator[str]:
    """The scenarios, by folder, as comments."""
    yield f"# {heading}"
    for folder, names in groupby(sorted(ids), lambda name: name.partition("/")[0]):
        told = f"{folder}/: " + ", ".join(_files(name.partition("/")[2] for name in names))
        yield from textwrap.wrap(
            told, WIDTH, initial_indent="#   ", subsequent_indent="#     ", break_on_hyphens=False
        )


def _files(names: Iterable[str]) -> Iterator[str]:
    """The cases of a file as a count, where there are several."""
    for stem, cases in groupby(names, lambda name: name.partition("[")[0]):
        first, *more = cases
        yield f"{stem} ({1 + len(more)} cases)" if more else first


def _counted(errors: Counter[str], meant: str) -> str:
    """How often what the rule takes was given for what it means; and for what else."""
    times = {error: f"{n} times" if n > 1 else "once" for error, n in errors.most_common()}
    own = f"{times.pop(meant, 'never')} {meant}"
    others = ", ".join(f"{often} {error}" for error, often in times.items())
    return f"{own}; not told apart: {others}" if others else own


def quoted(text: str) -> str:
    """The text as one YAML scalar on one line."""
    return yaml.safe_dump(text, width=10**9, default_style='"').strip()
