"""The pytest plugin's guard: badinbox is active where nothing else stands in its place.

pytest loads this in every run of every project that has badinbox installed, so it is small, and
the packages behind it are imported when something of theirs is first asked for. They have general
names, `harness` and `fakeservers`. Where a project has one of its own, the guard says so in one
line and badinbox stays out of its way. Where the project is badinbox itself, but another checkout
of it would be tested, that is an error.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterable, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from badinbox import __version__

if TYPE_CHECKING:
    import pytest

_PACKAGES: Final = ("harness", "fakeservers")
_HERE: Final = Path(__file__).resolve().parents[1]
_MODELINE: Final = b"# yaml-language-server: $schema="
_SCHEMA: Final = b"scenario.schema.json"


def other_package(folders: Iterable[Path] = ()) -> str | None:
    """Where a `harness` or `fakeservers` is that is not ours, but could be imported as such.

    Looks among the modules that are loaded, in `folders`, and wherever Python itself looks.
    """
    for name in _PACKAGES:
        for place in (_place_loaded(name), _place(_spec_elsewhere(name, folders))):
            if place not in (None, str(_HERE / name)):
                return place
    return None


def _place_loaded(name: str) -> str | None:
    """Where the module of that name was loaded from; None: it is not loaded."""
    if (module := sys.modules.get(name)) is None:
        return None
    places = [*getattr(module, "__path__", ()), getattr(module, "__file__", None)]
    return str(Path(places[0]).resolve()) if places[0] else f"a module {name}, already loaded,"


def _place_of_import(name: str) -> str | None:
    """Where `import name` finds it."""
    return _place_loaded(name) or _place(importlib.util.find_spec(name))


def another_checkout(root: Path) -> str | None:
    """Why a checkout of badinbox in this folder would not be what is tested; None: it would be.

    A virtualenv has one editable badinbox; a second checkout that shares it needs one of its own.
    """
    root = root.resolve()
    if root == _HERE or not (root / "harness").is_dir() or not _is_badinbox(root):
        return None
    return (
        f"{root} is a checkout of badinbox, but {_HERE / 'harness'} would be tested: "
        "this virtualenv belongs to another checkout; `sh install.sh dev` makes its own"
    )


def _is_badinbox(root: Path) -> bool:
    """Whether the project there is called badinbox."""
    import tomllib

    try:
        project = tomllib.loads((root / "pyproject.toml").read_text("utf-8")).get("project", {})
    except (OSError, ValueError):
        return False
    return bool(project.get("name") == "badinbox")


def _spec_elsewhere(name: str, folders: Iterable[Path] = ()) -> ModuleSpec | None:
    """What `import name` would find if badinbox were not installed."""
    entries = [*map(str, folders), *sys.path]
    path = [entry for entry in entries if Path(entry).resolve() != _HERE]
    for finder in sys.meta_path:
        if not isinstance(finder, _Aside) and (spec := finder.find_spec(name, path)):
            return spec
    return None


def _place(spec: ModuleSpec | None) -> str | None:
    """The folder or file that holds the module; None: there is no code."""
    if spec is None:
        return None
    if spec.submodule_search_locations is None:
        return spec.origin
    folders = [Path(folder).resolve() for folder in spec.submodule_search_locations]
    # Without a loader of its own it is any folder of that name: in the way only with code in it.
    return next((str(f) for f in folders if spec.origin or any(f.rglob("*.py"))), None)


class _Aside:
    """An import finder that passes our two packages over, so that the project's own are found.

    Needed where theirs is a folder without `__init__.py`: Python would prefer ours wherever it is.
    """

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in _PACKAGES:
            return None
        if spec := _spec_elsewhere(name):
            return spec
        raise ModuleNotFoundError(f"No module named {name!r} (badinbox is inactive)", name=name)


class _Guard:
    """Decides whether badinbox may be active in this pytest run, and delegates if so."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._aside = _Aside()
        self._looked: list[object] = []
        self.other: str | None = None
        self.look()

    def look(self) -> None:
        """Look for packages in the way; found once, badinbox is out of the way for good. As each
        scenario file asks, again only where something else would be found."""
        folders = _project_folders(self._config)
        loaded = [sys.modules.get(name) for name in _PACKAGES]
        looked: list[object] = [*folders, *sys.path, *sys.meta_path, *loaded]
        if self.other is not None or looked == self._looked:
            return
        self._looked = looked
        if other := other_package(folders):
            self.other = other
            sys.meta_path.insert(0, self._aside)

    @property
    def reason(self) -> str:
        """Why badinbox is inactive, in one line."""
        return (
            f"badinbox is inactive: {self.other} is in the way of its own package of that name; "
            "the command `badinbox run` is not affected"
        )

    def plugin(self) -> ModuleType | None:
        """The plugin proper, imported when it is first asked for; None: inactive."""
        self.look()
        if self.other is not None:
            return None
        return importlib.import_module("harness.plugin")

    def pytest_report_header(self) -> str:
        tested = f"badinbox {__version__}: harness is {_place_of_import('harness')}"
        return self.reason if self.other else tested

    def pytest_unconfigure(self) -> None:
        if self._aside in sys.meta_path:
            sys.meta_path.remove(self._aside)


def _project_folders(config: pytest.Config) -> list[Path]:
    """Folders that are, or may come to be, on the path of the project under test."""
    roots = [config.rootpath, config.invocation_params.dir]
    folders = [*roots, *(root / "src" for root in roots), *config.getini("pythonpath")]
    known = config.known_args_namespace
    if getattr(known, "importmode", "prepend") != "importlib":
        # pytest puts the folders of test modules on the path.
        names = known.file_or_dir or config.getini("testpaths")
        folders += [roots[1] / str(name).split("::")[0] for name in names]
    return folders


def _guard(config: pytest.Config) -> _Guard:
    guard = config.pluginmanager.get_plugin("badinbox-guard")
    if guard is None:
        guard = _Guard(config)
        config.pluginmanager.register(guard, "badinbox-guard")
    assert isinstance(guard, _Guard)
    return guard


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("badinbox")
    connector = "what the scenarios are run against, as for `badinbox run --connector`"
    group.addoption("--badinbox-connector", metavar="NAME", default=None, help=connector)
    parser.addini("badinbox_connector", connector, default="")
    mapping = "the connector's file: what its codes mean, what it does, what its violations matter"
    group.addoption("--badinbox-mapping", metavar="FILE", default=None, help=mapping)
    parser.addini("badinbox_mapping", mapping, type="string", default="")
    sample = "of the scenarios only some 65 that stand for all, as `badinbox run --sample`"
    group.addoption("--badinbox-sample", action="store_true", help=sample)
    policy = "a file of that kind of which only the policy counts"
    group.addoption("--badinbox-policy", metavar="FILE", default=None, help=policy)
    parser.addini("badinbox_policy", policy, type="string", default="")
    does = "what the connector does, such as sends=false"
    group.addoption("--badinbox-does", metavar="KEY=VALUE", action="append", help=does)
    parser.addini("badinbox_does", does, type="args", default=[])
    strict = "bad manners, such as no LOGOUT, fail, too"
    group.addoption("--badinbox-strict", action="store_true", help=strict)
    parser.addini("badinbox_strict", strict, type="bool", default=False)
    pace = "how many times slower than usual lives go, as for `badinbox run --pace`"
    group.addoption("--badinbox-pace", metavar="FACTOR", default=None, help=pace)
    parser.addini("badinbox_pace", pace, type="string", default="")


def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    if why := another_checkout(early_config.rootpath):
        import pytest

        raise pytest.UsageError(why)
    _guard(early_config)  # before any code of the project is imported


def pytest_configure(config: pytest.Config) -> None:
    _guard(config).look()  # conftest files may have changed the path
    import pytest

    class Fixtures:
        @pytest.fixture
        def badinbox_mailbox(self, request: pytest.FixtureRequest) -> Iterable[Any]:
            """A function that stands up the mailbox of a scenario, given its id."""
            guard = _guard(request.config)
            if (plugin := guard.plugin()) is None:
                pytest.fail(guard.reason, pytrace=False)
            with plugin.mailboxes(request.config) as open_by_id:
                yield open_by_id

    config.pluginmanager.register(Fixtures(), "badinbox-fixtures")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.suffix not in (".yaml", ".yml") or not _is_scenario(file_path):
        return None
    import pytest

    guard = _guard(parent.config)

    class RefusedFile(pytest.File):
        def collect(self) -> Iterable[pytest.Item]:
            raise self.CollectError(guard.reason)

    plugin = guard.plugin()
    kind: type[pytest.File] = plugin.ScenarioFile if plugin else RefusedFile
    return kind.from_parent(parent, path=file_path)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("badinbox_sample") and (plugin := _guard(config).plugin()):
        plugin.keep_sample(config, items)


def _is_scenario(file: Path) -> bool:
    """Whether the first line is the modeline that names the scenario schema."""
    with file.open("rb") as opened:
        first = opened.readline(1000).rstrip()
    return first.startswith(_MODELINE) and first.endswith(_SCHEMA)
