"""What a shell offers when TAB is pressed: scenarios and how they are chosen, connectors, dialects.

click speaks with bash, zsh and fish. Nothing here raises: what has mistakes offers nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from click import Context, Parameter
from click.shell_completion import BashComplete, CompletionItem, add_completion_class

from harness.files.problems import BadInput

if TYPE_CHECKING:
    from harness.scenario.choosing.summaries import CaseSummary

_FORMS: Final = {
    "builtin": "the built-in checker",
    "jsonl:": "a command that answers line by line",
    "http://127.0.0.1:": "a server on this machine",
}
"""The forms of a connector's name that begin with certain words; else it is a command."""
_Items = list[CompletionItem]


class Bash(BashComplete):
    """What can go on, such as `stage=`, is not followed by a space; brackets are no pattern."""

    source_template = BashComplete.source_template.replace(
        "COMPREPLY+=($value)",
        'COMPREPLY+=("$value")\n            [[ $value == *[/=:] ]] && compopt -o nospace',
    )


add_completion_class(Bash)


def selectors(ctx: Context, param: Parameter, incomplete: str) -> _Items:
    """By documented error and `key=`; then values, or ids with their titles; else files."""
    mark = "!" if incomplete.startswith("!") else ""
    try:
        found = list(_selectors(ctx, _before(ctx, param), incomplete.removeprefix("!")))
    except BadInput:
        return []
    return [_item(mark + value, about) for value, about in found] or _files()


def ids(ctx: Context, param: Parameter, incomplete: str) -> _Items:
    """Single cases by id, with their titles; first by documented error."""
    try:
        found = list(_ids(ctx, incomplete))
    except BadInput:
        return []
    return [_item(value, about) for value, about in found] or _files()


def connectors(ctx: Context, param: Parameter, incomplete: str) -> _Items:
    """The forms that a name may have, and registered names; else files, for a command."""
    from importlib.metadata import entry_points

    from harness.connectors.connector import ENTRY_POINTS

    registered = {each.name: each.value for each in entry_points(group=ENTRY_POINTS)}
    return _beginning({**_FORMS, **registered}.items(), incomplete) or _files()


def dialects(ctx: Context, param: Parameter, incomplete: str) -> _Items:
    """The names of all dialects."""
    from fakeservers.dialects.dialect import dialect_names

    return _beginning(((name, None) for name in dialect_names()), incomplete)


def _before(ctx: Context, param: Parameter) -> list[str]:
    """The words of the same parameter that have been typed already."""
    given = ctx.params.get(param.name or "")
    return list(map(str, given)) if isinstance(given, tuple) else []


def _selectors(
    ctx: Context, before: Sequence[str], incomplete: str
) -> Iterator[tuple[str, str | None]]:
    if "/" in incomplete:
        yield from _ids(ctx, incomplete)
        return
    found = _summaries(ctx)
    keys = list(found[0].facets) if found else []

    # bash hands `stage=imap` over as three words, and completes the last one only.
    *_, key, equals = ("", "", *before)
    key, equals = (equals, "=") if equals in keys else (key.removeprefix("!"), equals)
    if equals == "=" and key in keys:
        yield from _values(found, key, "", incomplete)
        return
    key, equals, value = incomplete.partition("=")
    if equals:
        yield from _values(found, key, f"{key}=", value) if key in keys else ()
        return
    yield from ((f"{key}=", None) for key in keys if key.startswith(incomplete))
    yield from _ids(ctx, incomplete)


def _values(
    found: Iterable[CaseSummary], key: str, prefix: str, value: str
) -> Iterator[tuple[str, str | None]]:
    there = {each for one in found for each in one.facets[key]}
    yield from ((f"{prefix}{each}", None) for each in sorted(there) if each.startswith(value))


def _ids(ctx: Context, incomplete: str) -> Iterator[tuple[str, str | None]]:
    error, slash, _ = incomplete.partition("/")
    found = _summaries(ctx)
    if not slash:
        errors = dict.fromkeys(each.id.partition("/")[0] for each in found)
        yield from ((f"{each}/", None) for each in errors if each.startswith(error))
        return
    yield from ((each.id, each.title) for each in found if each.id.startswith(incomplete))


def _summaries(ctx: Context) -> list[CaseSummary]:
    """Of the scenarios that are meant."""
    from harness.scenario.choosing.summaries import summaries, summary

    if (own := _own(ctx)) is None:
        return summaries()
    from harness.scenario.catalogue import collect

    return list(map(summary, collect([own])))


def _own(ctx: Context) -> Path | None:
    """The folder that is meant instead of the catalogue."""
    base = ctx.params.get("scenarios")
    return base if isinstance(base, Path) and base.exists() else None


def _beginning(words: Iterable[tuple[str, str | None]], incomplete: str) -> _Items:
    return [_item(word, about) for word, about in words if word.startswith(incomplete)]


def _item(value: str, about: str | None) -> CompletionItem:
    return CompletionItem(value, help=about)


def _files() -> _Items:
    """The shell's own way with files."""
    return [CompletionItem("", type="file")]
