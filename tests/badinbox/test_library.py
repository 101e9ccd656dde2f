"""The public names: each is shown by an example that runs, and the documentation's does."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import badinbox

PAGE = Path(__file__).resolve().parents[2] / "docs/library.md"


def _examples() -> dict[str, doctest.DocTest]:
    """The doctests of the public names and of the modules of `badinbox`, by name."""
    named = {name: getattr(badinbox, name) for name in badinbox.__all__}
    named["library"] = importlib.import_module("badinbox.library")
    finder = doctest.DocTestFinder(recurse=False)
    found = {name: finder.find(each, name)[0] for name, each in named.items()}
    return {name: test for name, test in found.items() if test.examples}


EXAMPLES = _examples()


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_true(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", list(sys.argv))
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    failed, tried = runner.run(EXAMPLES[name], out=report.append)
    assert tried and not failed, "".join(report)


@pytest.mark.parametrize("name", badinbox.__all__)
def test_a_public_name_says_what_it_is_and_is_shown(name: str) -> None:
    assert inspect.getdoc(getattr(badinbox, name))
    shown = "".join(each.source for test in EXAMPLES.values() for each in test.examples)
    assert name in EXAMPLES or f"badinbox.{name}" in shown


def test_the_public_names_are_those_that_are_typed_and_those_that_are_imported() -> None:
    tree = ast.parse(Path(badinbox.__file__).read_text("utf-8"))
    typed = next(node for node in tree.body if isinstance(node, ast.If)).body
    imports = [node for node in typed if isinstance(node, ast.ImportFrom)]
    homes = {alias.name: node.module for node in imports for alias in node.names}
    assert homes == badinbox._HOMES
    assert list(homes) and sorted(homes) == sorted(badinbox.__all__)


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'mailboxes'"):
        _ = getattr(badinbox, "mailboxes")  # noqa: B009 - mypy knows that it is not there


def test_several_cases_are_not_one_mailbox() -> None:
    with (
        pytest.raises(badinbox.BadInput, match="does not name one case; there are: "),
        badinbox.mailbox("unauthorized/bad-password-imap"),
    ):
        pass


def test_an_answer_that_cannot_be_read_is_unclear() -> None:
    with badinbox.mailbox("connected/working[implicit-tls]") as mailbox:
        badinbox.check(mailbox.settings)
        assert mailbox.judge({"message": "well"}).judgement.verdict == "unclear"


def test_a_connector_by_name_and_by_function_are_judged_alike() -> None:
    chosen = badinbox.load_scenarios("unauthorized/bad-password-imap[gmail]")
    by_name, by_function = badinbox.run("builtin", chosen), badinbox.run(badinbox.check, chosen)
    assert [(c.id, c.phase, c.verdict) for c in by_name.cases] == [
        (c.id, c.phase, c.verdict) for c in by_function.cases
    ]


def test_the_example_of_the_documentation_runs(tmp_path: Path) -> None:
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert examples
    for example in examples:
        subprocess.run([sys.executable, "-c", example], cwd=tmp_path, check=True)
