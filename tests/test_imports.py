"""Who may import whom is said in `pyproject.toml` (`[tool.importlinter]`); here it is run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_the_import_contract_holds() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
    assert " 0 broken" in run.stdout


def test_the_pytest_guard_loads_nothing_of_ours_and_no_library() -> None:
    """pytest loads it in every run of every project that has badinbox installed."""
    guard = "import badinbox.pytest_guard"
    show = f"import sys; known = set(sys.modules); {guard}; print(*set(sys.modules) - known)"
    run = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in run.stdout.split()} - {"badinbox"}
    assert loaded <= set(sys.stdlib_module_names)
