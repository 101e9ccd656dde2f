"""In a project with a `harness` or `fakeservers` of its own, pytest works and says so in a line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import badinbox

ROOT = Path(badinbox.__file__).parents[1]
LINE = "*badinbox is inactive: *{}* is in the way*"
HEADER = "# yaml-language-server: $schema=scenario.schema.json\n"

# Where the project keeps its own package, and how its tests come to find it.
LAYOUTS = {
    "root": ("harness/__init__.py", ""),
    "root-without-init": ("harness/own.py", ""),
    "module": ("harness.py", ""),
    "fakeservers": ("fakeservers/__init__.py", ""),
    "src": ("src/harness/__init__.py", "pythonpath = src"),
    "tests": ("tests/harness/__init__.py", ""),
    "conftest": ("lib/harness/__init__.py", ""),
}
PYTEST = [str(Path(sys.executable).with_name("pytest"))]
PYTHON_M_PYTEST = [sys.executable, "-m", "pytest"]
RUNS = [(layout, PYTEST) for layout in LAYOUTS]
RUNS += [(layout, PYTHON_M_PYTEST) for layout in ("root", "root-without-init")]


def _project(pytester: pytest.Pytester, layout: str) -> str:
    """Make a project whose only test uses its own package; returns the package's name."""
    place, ini = LAYOUTS[layout]
    file = pytester.path / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("NAME = 'theirs'\n")
    name = "fakeservers" if layout == "fakeservers" else "harness"
    module = "harness.own" if layout == "root-without-init" else name
    pytester.makeini(f"[pytest]\ntestpaths = tests\n{ini}\n")
    tests = pytester.mkdir("tests") if layout != "tests" else pytester.path / "tests"
    (tests / "test_theirs.py").write_text(
        f"from {module} import NAME\n\ndef test_theirs():\n    assert NAME == 'theirs'\n"
    )
    folder = "lib" if layout == "conftest" else "."
    # The root is on the path for `python -m pytest` only; most projects see to it in conftest.py.
    (pytester.path / "conftest.py").write_text(
        f"import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), '{folder}'))\n"
    )
    return name


@pytest.mark.parametrize(("layout", "command"), RUNS)
def test_their_own_package_is_found(
    pytester: pytest.Pytester, layout: str, command: list[str]
) -> None:
    name = _project(pytester, layout)
    result = pytester.run(*command, "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    assert result.ret == 0
    result.stdout.fnmatch_lines([LINE.format(name)])


def test_with_xdist(pytester: pytest.Pytester) -> None:
    _project(pytester, "root-without-init")
    result = pytester.runpytest_subprocess("-n", "2")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([LINE.format("harness")])


def test_a_package_that_is_loaded_already(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        run="""
        import sys, types
        import pytest
        sys.modules["harness"] = types.ModuleType("harness")
        sys.exit(pytest.main(["test_theirs.py"]))
        """,
        test_theirs="""
        import harness

        def test_theirs():
            assert not hasattr(harness, "__file__")
        """,
    )
    result = pytester.run(sys.executable, "run.py")
    assert result.ret == 0
    result.stdout.fnmatch_lines([LINE.format("already loaded")])


def test_a_scenario_file_is_a_collection_error(pytester: pytest.Pytester) -> None:
    _project(pytester, "root")
    (pytester.path / "tests" / "own.yaml").write_text(HEADER)
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([LINE.format("harness"), "*ERROR collecting tests/own.yaml*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_the_fixture_says_why(pytester: pytest.Pytester) -> None:
    _project(pytester, "root")
    pytester.makepyfile("def test_mine(badinbox_mailbox):\n    pass\n")
    result = pytester.runpytest_subprocess("test_the_fixture_says_why.py")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*ERROR at setup of test_mine*", "badinbox is inactive: *"])


def test_a_folder_without_code_is_not_in_the_way(pytester: pytest.Pytester) -> None:
    pytester.mkdir("harness").joinpath("notes.txt").write_text("tack")
    pytester.makepyfile("def test_one():\n    pass\n")
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*inactive*")


def test_an_ordinary_project_pays_nothing(pytester: pytest.Pytester) -> None:
    pytester.makefile(".yaml", config="a: 1\n")
    pytester.makepyfile(
        """
        import sys

        def test_nothing_of_ours_is_imported():
            assert "badinbox" in sys.modules
            assert not {"harness", "fakeservers", "twisted", "pydantic", "yaml"} & set(sys.modules)
        """
    )
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*badinbox is*")


def test_the_command_is_not_affected(pytester: pytest.Pytester) -> None:
    _project(pytester, "root")
    result = pytester.run(sys.executable, "-m", "badinbox", "--help")
    assert result.ret == 0


def _checkout(pytester: pytest.Pytester, name: str) -> None:
    """A project of that name with a `harness` and a test of its own."""
    pytester.makepyprojecttoml(f'[project]\nname = "{name}"\nversion = "1"\n')
    pytester.makepyfile(**{"harness/__init__": "", "fakeservers/__init__": ""})
    pytester.makepyfile("def test_one():\n    pass\n")


def test_another_checkout_of_ours_is_a_usage_error(pytester: pytest.Pytester) -> None:
    _checkout(pytester, "badinbox")
    result = pytester.run(*PYTEST)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    line = f"ERROR: {pytester.path} is a checkout of badinbox, but */harness would be tested: *"
    result.stderr.fnmatch_lines([line])
    result.stderr.no_fnmatch_line("*Traceback*")


def test_a_project_of_another_name_may_have_a_harness(pytester: pytest.Pytester) -> None:
    _checkout(pytester, "theirs")
    result = pytester.run(*PYTEST)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([LINE.format("harness")])


def test_the_header_says_which_harness_is_tested(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_one():\n    pass\n")
    result = pytester.run(*PYTEST)
    result.stdout.fnmatch_lines([f"badinbox {badinbox.__version__}: harness is {ROOT}/harness"])
