"""How well are replies understood that no rule was written for?

    python -m bench.unseen [--misses] [SET …]

`tests/harness/classify/unseen.jsonl` has them, labelled before the classifier was first asked.

Set `a`: what providers say, said otherwise; `g`, `i`, `j`, `k`: hard sentences of our own, as some
of `f` are; all others: what servers said in public reports, or say by their own source code (most
of `m`, all of `n`, some of `o`: as a parser of bounces knows them; `o`, `p`, `q`, `s`, `w`, `x`,
`y`, `aa`, `ac` to `ag`, `ai` to `ak` have token endpoints; a third of `ac` is of servers' sources,
a quarter of `ag` of a parser of bounces; half of `ai` of servers' sources, a fifth of it of
clients' tests and of servers for tests; some of `s`, a quarter of `w` and of `x` and more than half
of `v` are wordings of our own), and none of our other files has. A cause is right where it is one
of those that a careful reader would accept; *certainly wrong* where it is none, and none is listed
either.

Sets `z` and `zb` measure nothing: 85 of some 1,280 that 50 servers say by their own code, and 68 of
some 1,270 of 60 others, most of them misread first, chosen by who mended the rules by them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.classify import explain
from harness.contract.diagnosis import Diagnosis
from harness.taxonomy import protocol_of

UNSEEN = Path(__file__).parents[1] / "tests" / "harness" / "classify" / "unseen.jsonl"

Reply = Mapping[str, Any]


@dataclass
class Figures:
    """How many of `total` replies were read right, and how many in the ways that do harm."""

    total: int = 0
    error: int = 0
    cause: int = 0
    certainly_wrong: int = 0
    asked_in_vain: int = 0
    not_asked: int = 0

    def count(self, reply: Reply, diagnosis: Diagnosis) -> bool:
        """Count one; true where nothing is wrong."""
        named = diagnosis.cause in reply["causes"]
        listed = named or set(diagnosis.candidates) & set(reply["causes"])
        self.total += 1
        self.error += diagnosis.error == reply["error"]
        self.cause += named
        self.certainly_wrong += not listed and diagnosis.cause != "unspecified"
        self.asked_in_vain += diagnosis.ask_password and not reply["ask"]
        self.not_asked += reply["ask"] and not diagnosis.ask_password
        return (
            named and diagnosis.error == reply["error"] and diagnosis.ask_password == reply["ask"]
        )

    def __str__(self) -> str:
        error, cause, wrong = (
            100 * part / self.total for part in (self.error, self.cause, self.certainly_wrong)
        )
        return (
            f"{self.total:4} replies: error {error:5.1f} %  cause {cause:5.1f} %  certainly wrong"
            f" {wrong:4.1f} %  password asked in vain {self.asked_in_vain}, not asked"
            f" {self.not_asked}"
        )


def unseen() -> list[Reply]:
    """All of them, in the order of the file."""
    return [json.loads(line) for line in UNSEEN.read_text("utf-8").splitlines()]


def measure(replies: Sequence[Reply], misses: list[str]) -> Figures:
    """The figures of `replies`; what was misread goes to `misses`."""
    figures = Figures()
    for reply in replies:
        stage = reply["stage"]
        diagnosis = explain(protocol_of(stage), stage, reply["reply"])
        if not figures.count(reply, diagnosis):
            misses.append(_miss(reply, diagnosis))
    return figures


def _miss(reply: Reply, diagnosis: Diagnosis) -> str:
    text = reply["reply"].replace("\r\n", r"\r\n")
    wanted = f"{reply['error']}, {' or '.join(reply['causes'])}"
    found = f"{diagnosis.error}, {diagnosis.cause} by {diagnosis.rule}"
    asked = ", asked" if diagnosis.ask_password else ""
    return f"{reply['stage']}: {text}\n  {wanted}\n  got {found}{asked}"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser("python -m bench.unseen", description=__doc__)
    parser.add_argument("--misses", action="store_true", help="what is misread")
    parser.add_argument("sets", nargs="*", metavar="SET", help="by default, all")
    arguments = parser.parse_args()
    replies = unseen()
    for name in arguments.sets or sorted({reply["set"] for reply in replies}):
        misses: list[str] = []
        figures = measure([reply for reply in replies if reply["set"] == name], misses)
        if arguments.misses:
            print(*misses, sep="\n")
        print(f"{name}: {figures}")


if __name__ == "__main__":
    main()
