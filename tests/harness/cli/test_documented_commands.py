"""Every command that README, the documents and the help show is one, with these options, and what
it selects is there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from harness.cli import COMMANDS, cli
from harness.cli.run_command import EXAMPLES
from harness.scenario.catalogue import select
from tests.catalogue import whole_catalogue

ROOT = Path(__file__).parents[3]
FILES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "scenarios/README.md")),
    *sorted(ROOT.glob("docs/*.md")),
    *sorted(ROOT.glob("examples/**/README.md")),
]
_SELECTING = ("selectors", "ids", "selector", "mailbox")
_THEIRS = re.compile(r"(^|/)my-scenarios|\.ya?ml$")
"""Files and folders of the reader's own."""
_NO_COMMAND = re.compile(r" (?:FILE|LOG|ID|FOLDER)\b| --help")


def _lines() -> Iterator[tuple[str, str]]:
    for file in FILES:
        text = file.read_text("utf-8")
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
            whole = re.sub(
                r"\\\n\s*", " ", re.sub(r"<<'?END'?\n.*?\nEND\n", "\n", block, flags=re.S)
            )
            yield from ((file.name, line) for line in whole.splitlines())
        yield from ((file.name, line) for line in re.findall(r"`(badinbox [a-z]+ [^`…<>]+)`", text))
    yield from (("help", line) for line, _ in EXAMPLES)


def _commands() -> Iterator[tuple[str, str]]:
    for file, line in _lines():
        found = re.search(
            rf"(?:^|[&|;=] *|\S=\S+ +|bin/)badinbox ((?:{'|'.join(COMMANDS)})\b.*)", line
        )
        if found and not _NO_COMMAND.search(found[1]):
            yield file, re.split(r" +#|\s[&|>]", found[1])[0].strip()


SHOWN = sorted(set(_commands()))


def test_there_are_many() -> None:
    assert len(SHOWN) > 50


@pytest.mark.parametrize(("file", "line"), SHOWN, ids=[f"{file}: {line}" for file, line in SHOWN])
def test_a_command_that_is_shown(
    file: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name, *words = shlex.split(line)
    Path("my-scenarios").mkdir()
    for word in words:
        if re.fullmatch(r"[\w./-]+\.(ya?ml|json|log|py)", word):
            Path(word).parent.mkdir(parents=True, exist_ok=True)
            Path(word).touch()
    context, command = (
        click.Context(cli, info_name="badinbox", **cli.context_settings),
        cli.get_command(None, name),
    )
    assert command, name
    while isinstance(command, click.Group):
        context = command.make_context(command.name, [words[0]], parent=context)
        command, words = command.get_command(context, words[0]), words[1:]
        assert command, line
    parsed = command.make_context(name, words, parent=context).params
    for opened in parsed.values():
        getattr(opened, "close", lambda: None)()
    asked = [parsed.get(key) or () for key in _SELECTING]
    chosen = [text for each in asked for text in ([each] if isinstance(each, str) else each)]
    if chosen and not any(map(_THEIRS.search, chosen)):
        assert select(whole_catalogue(), chosen), line
