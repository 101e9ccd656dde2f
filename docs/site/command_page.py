"""The reference of the commands, made of what their help says."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from docs.site.markdown import block, cell, code, prose, table
from harness.cli import EXAMPLES, EXIT_CODES, GROUPS, cli


def pages() -> dict[str, str]:
    return {"reference/commands": "\n".join(_page()) + "\n"}


def _page() -> Iterator[str]:
    top = click.Context(cli, info_name="badinbox", **cli.context_settings)
    yield from ("# Every command and option", "")
    yield from ("What each is for, with examples, is told in [the command](../commands.md).", "")
    yield from table(("", ""), ((code(typed), cell(purpose)) for typed, purpose in EXAMPLES))
    for title, names in GROUPS.items():
        yield from (f"## {title}", "")
        for name in names:
            command = cli.get_command(top, name)
            assert command
            yield from _command(command, top, name, "###")
    yield from ("## Exit codes", "")
    yield from table(("code", ""), ((str(key), cell(text)) for key, text in EXIT_CODES.items()))


def _command(command: click.Command, parent: click.Context, name: str, level: str) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=parent)
    yield from (f"{level} `{context.command_path}`", "")
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield from (block([usage]), "")
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        yield from (prose(paragraph.replace("\b", "")), "")
    records = filter(None, (each.get_help_record(context) for each in command.get_params(context)))
    yield from table(("option", ""), ((code(term), cell(text)) for term, text in records))
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            assert found
            yield from _command(found, context, inner, level + "#")
