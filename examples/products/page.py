"""results.md: a table of all products, and of each what was found, to be pasted into an issue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

VERDICTS = (
    "passed", "misbehaved", "wrong", "unclear", "missed", "not-exercised", "timed-out", "crashed",
)  # fmt: skip
HEAD = """\
# What real products' own checks say

Written by `python -m examples.products.survey --write`. Each product's own code is run, unmodified;
its own words were read as the `mapping.yaml` in its folder says. The README tells what is theirs,
and what is ours. Every scenario with a password that concerns it was run in its fault phase.
"""
Told = tuple[str, dict[str, str], list[dict[str, Any]], dict[str, Any]]
"""A product: its name, what it is, its findings, and what was counted of it."""


def results_page(products: Sequence[Told]) -> str:
    """The whole page."""
    parts = [HEAD, "\n".join(_table(products))]
    parts += ["\n".join(_section(each)) for each in products]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _table(products: Sequence[Told]) -> Iterator[str]:
    yield f"| | run on | scenarios | {' | '.join(VERDICTS)} | do not concern it |"
    yield f"|---|---|{'---:|' * (len(VERDICTS) + 2)}"
    for name, about, _, figures in products:
        verdicts = figures["verdicts"]
        cells = [f"[{about['title']}](#{name})", figures["run-on"], sum(verdicts.values())]
        cells += [verdicts.get(each, "·") for each in VERDICTS]
        yield f"| {' | '.join(map(str, [*cells, figures['not-applicable']]))} |"


def _section(product: Told) -> Iterator[str]:
    name, about, findings, figures = product
    yield f"## {name}"
    yield ""
    yield f"{figures['version']}. Run: {about['check']}."
    if figures["violations"]:
        counts = (f"`{each}` {count}" for each, count in figures["violations"].items())
        yield f"Violations seen on the wire: {', '.join(counts)}."
    for number, finding in enumerate(findings, 1):
        yield ""
        yield from _finding(name, number, finding, figures["findings"][finding["title"]])


def _finding(name: str, number: int, finding: dict[str, Any], count: int) -> Iterator[str]:
    yield f"### {number}. {finding['title']}"
    yield ""
    yield f"| | {count} {'scenario' if count == 1 else 'scenarios'} |"
    yield "|---|---|"
    for key, heading in (
        ("happens", "what happens"),
        ("reads", "the customer reads"),
        ("should-read", "should read"),
        ("suggestion", "suggestion"),
    ):
        yield f"| {heading} | {finding[key].strip()} |"
    mapping = f"examples/products/{name}/mapping.yaml"
    command = f"badinbox run --mapping {mapping} --phase fault -v '{finding['example']}'"
    yield f"| to see it | `{command}` |"
