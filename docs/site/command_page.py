"""The reference of the commands, made of what their help says."""

from __future__ import annotations

from collections.abc import Iterator

from docs.site.markdown import block, cell, code, page_text, prose, table
from harness.cli import EXAMPLES, EXIT_CODES, GROUPS, cli
from harness.cli.shared.help import CommandHelp, help_of_all


def pages() -> dict[str, str]:
    return {"reference/commands": page_text(_page())}


def _page() -> Iterator[str]:
    yield from ("# Every command and option", "")
    yield from ("What each is for, with examples, is told in [the command](../commands.md).", "")
    yield from table(("", ""), ((code(typed), cell(purpose)) for typed, purpose in EXAMPLES))
    for title, commands in help_of_all(cli, "badinbox", GROUPS):
        yield from (f"## {title}", "")
        for each in commands:
            yield from _command(each)
    yield from ("## Exit codes", "")
    yield from table(("code", ""), ((str(key), cell(text)) for key, text in EXIT_CODES.items()))


def _command(told: CommandHelp) -> Iterator[str]:
    yield from (f"{'#' * (3 + told.depth)} `{told.path}`", "", block([told.usage]), "")
    for paragraph in told.paragraphs:
        yield from (prose(paragraph), "")
    yield from table(("option", ""), ((code(term), cell(text)) for term, text in told.options))
