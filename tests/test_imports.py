"""Who may import whom: the house rules of the parts, read from the sources."""

from __future__ import annotations

import ast
import graphlib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("fakeservers", "harness")

ONLY_IN = {
    "twisted": {"fakeservers.imap.engine"},
    "aiosmtpd": {"fakeservers.smtp.engine"},
    "trustme": {"fakeservers.wire.certificates"},
    "cryptography": {"fakeservers.wire.certificates", "harness.checker.chain"},
    "pytest": {"harness.plugin"},
    "click": {"harness.cli"},
    "rich": {"harness.cli", "harness.reports"},
    "imapclient": {"harness.checker"},
    "httpx": {"harness.connectors.http", "harness.serving.client"},
    "jinja2": {"harness.reports.templating"},
    "starlette": {"harness.serving"},
    "uvicorn": {"harness.serving.server"},
    "regex": {"harness.mapping.mapping", "harness.mapping.first"},
}
"""The modules, or packages with all that is in them, that may import a library."""

MAY_KNOW = {
    "harness.reports": {
        "harness.runner.events",
        "harness.judging.verdict",
        "harness.judging.violations",  # what each means
        "harness.judging.seen",
        "harness.texts",
        "harness.contract.diagnosis",  # what an event carries
        "harness.taxonomy",  # the vocabulary of both
    },
    "harness.check_report": {
        "harness.reproducing.nearest",  # the scenario that is most like it
        "harness.check_report.providers",
        "harness.checker",
        "harness.checker.probe",
        "harness.contract.settings",
        "harness.contract.diagnosis",
        "harness.taxonomy",
        "harness.texts",
        "harness.reports",  # how text is shown
        "fakeservers.dialects.dialect",  # a provider's name and help pages
    },
    "harness.connectors": {
        "harness.contract.settings",
        "harness.contract.answer",
        "harness.contract.diagnosis",
        "harness.checker",  # the built-in connector
    },
    "harness.contract.answer": {"harness.contract.diagnosis"},
    "harness.judging.seen": {"harness.taxonomy"},
    "harness.judging.violations": {
        "harness.contract.answer",
        "harness.contract.diagnosis",
        "harness.judging.seen",
        "harness.taxonomy",
    },
    "harness.judging.verdict": {
        "harness.contract.answer",
        "harness.contract.diagnosis",
        "harness.judging.seen",
        "harness.judging.violations",
    },
    "harness.runner.events": {
        "harness.contract.diagnosis",
        "harness.judging.seen",
        "harness.taxonomy",
        "harness.judging.verdict",
    },
    "harness.contract.diagnosis": {"harness.taxonomy"},
    "harness.taxonomy": set(),
    "harness.checker": {
        "harness.checker.probe",
        "harness.contract.settings",
        "harness.contract.diagnosis",
        "harness.taxonomy",
        "harness.classify.observation",
        "harness.classify",
        "harness.contract.masking",
        "harness.texts",
    },
    "harness.classify": {
        "harness.contract.diagnosis",
        "harness.taxonomy",
        "harness.classify.observation",
        "harness.texts",
        "harness.contract.masking",
    },
}
"""All that these parts may import of ours, besides themselves."""


def _name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {
    _name(file): file
    for package in PACKAGES
    for file in sorted((ROOT / package).rglob("*.py"))
    if "_catalogue" not in file.parts
}
FILES["badinbox"] = ROOT / "badinbox.py"


def _inside(module: str, parts: set[str]) -> bool:
    return any(module == part or module.startswith(f"{part}.") for part in parts)


def _imports(tree: ast.AST, module: str, *, at_load: bool = False) -> Iterator[str]:
    """The modules that a module imports; `at_load`: while it is itself being imported."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}: relative import"
            yield from _imported_from(node)
        elif at_load and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        elif isinstance(node, ast.If) and _for_types_only(node):
            if not at_load:
                yield from _imports(node, module)
        else:
            yield from _imports(node, module, at_load=at_load)


def _imported_from(node: ast.ImportFrom) -> Iterator[str]:
    assert node.module
    for alias in node.names:
        submodule = f"{node.module}.{alias.name}"
        yield submodule if submodule in FILES else node.module


def _for_types_only(node: ast.If) -> bool:
    return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _imports_of(module: str, *, at_load: bool = False) -> set[str]:
    return set(_imports(ast.parse(FILES[module].read_bytes()), module, at_load=at_load))


IMPORTS = {module: _imports_of(module) for module in FILES}


def test_there_is_something_to_look_at() -> None:
    assert "harness.contract.settings" in FILES and "fakeservers.spec" in FILES
    assert IMPORTS["harness.contract.diagnosis"] >= {"pydantic", "harness.taxonomy"}


def test_the_fakes_do_not_know_the_harness() -> None:
    bad = {m for m in FILES if _inside(m, {"fakeservers"}) and _uses(m, {"harness", "badinbox"})}
    assert bad == set()


def _uses(module: str, parts: set[str]) -> set[str]:
    return {name for name in IMPORTS[module] if _inside(name, parts)}


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_imported_where_it_may_be(library: str) -> None:
    users = {module for module in FILES if _uses(module, {library})} - {"badinbox"}
    assert {module for module in users if not _inside(module, ONLY_IN[library])} == set()


@pytest.mark.parametrize("part", MAY_KNOW)
def test_a_part_knows_what_it_may(part: str) -> None:
    allowed = MAY_KNOW[part] | {part}
    found = {
        f"{module} imports {name}"
        for module in FILES
        if _inside(module, {part})
        for name in _uses(module, set(PACKAGES))
        if not _inside(name, allowed)
    }
    assert found == set()


def test_the_top_module_imports_nothing_of_ours_and_no_library() -> None:
    import sys

    assert {name.split(".")[0] for name in _imports_of("badinbox", at_load=True)} <= set(
        sys.stdlib_module_names
    )


def test_there_are_no_import_cycles() -> None:
    graph = {
        module: {name for name in _imports_of(module, at_load=True) if name in FILES}
        for module in FILES
    }
    graphlib.TopologicalSorter(graph).prepare()  # CycleError names the modules
