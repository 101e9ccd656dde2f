"""Help in groups, each with what is said of it, and examples first; and that of all commands."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import click

Examples = Sequence[tuple[str, str]]
"""What may be typed, and what for."""
_INDENT: Final = 2


class InGroups(click.Command):
    """A command whose help has its examples first, then its options by group."""

    def __init__(
        self, *arguments: Any, groups: Mapping[str, Iterable[str]], examples: Examples, **rest: Any
    ) -> None:
        """`groups`: the options of each, by their names on the command line. One that is in none
        comes last, with `--help`."""
        super().__init__(*arguments, **rest)
        self.groups = {title: tuple(names) for title, names in groups.items()}
        self.examples = examples

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_examples(self.examples, formatter)
        by_name = {name: param for param in self.get_params(ctx) for name in _names(param)}
        grouped = {name for names in self.groups.values() for name in names}
        left = [name for name, param in by_name.items() if grouped.isdisjoint(param.opts)]
        for title, names in {**self.groups, "More": left}.items():
            found = dict.fromkeys(by_name[name] for name in names if name in by_name)
            records = [record for param in found if (record := param.get_help_record(ctx))]
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


def _names(param: click.Parameter) -> Iterable[str]:
    return param.opts if isinstance(param, click.Option) else ()


def write_examples(examples: Examples, formatter: click.HelpFormatter) -> None:
    """Each in a line, or two, that can be copied whole."""
    with formatter.section("Examples"):
        for typed, purpose in examples:
            formatter.write(f"{'':{_INDENT}}# {purpose}\n{'':{_INDENT}}{typed}\n")


@dataclass(frozen=True)
class CommandHelp:
    """What the help of a command says. `path`: how it is typed; `depth`: how many commands deep it
    is in others; `options`: each as it is typed, with its arguments, and what it does."""

    path: str
    depth: int
    usage: str
    paragraphs: tuple[str, ...]
    options: tuple[tuple[str, str], ...]


def help_of_all(
    program: click.Group, name: str, groups: Mapping[str, Iterable[str]]
) -> Iterator[tuple[str, list[CommandHelp]]]:
    """The help of the commands of a program, and of those in them, by groups."""
    top = click.Context(program, info_name=name, **program.context_settings)
    for title, names in groups.items():
        yield title, [told for each in names for told in _help_of(program, top, each, 0)]


def _help_of(
    group: click.Group, parent: click.Context, name: str, depth: int
) -> Iterator[CommandHelp]:
    command = group.get_command(parent, name)
    assert command
    context = click.Context(command, info_name=name, parent=parent)
    records = (each.get_help_record(context) for each in command.get_params(context))
    yield CommandHelp(
        path=context.command_path,
        depth=depth,
        usage=" ".join([context.command_path, *command.collect_usage_pieces(context)]),
        paragraphs=tuple(inspect.cleandoc(command.help or "").replace("\b", "").split("\n\n")),
        options=tuple(filter(None, records)),
    )
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            yield from _help_of(command, context, inner, depth + 1)
