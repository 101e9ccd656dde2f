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


LATER = (
    *("uvicorn", "starlette", "rich", "pytest", "imapclient"),
    *("harness.scenario.loading", "harness.runner.events", "harness.judging.verdict"),
)
_COMMON_PORTS = f"""
import asyncio, sys
from pathlib import Path
from harness.cli.serve import serve_command, serve_output
from harness.serving.common.guests import Guests
from harness.serving.common.opened import common_ports
from harness.serving.scenario_library import Library
from harness.serving.server import control_api
from harness.serving.stand import Stand

async def stand_up():
    async with Stand() as stand:
        library = Library()
        guests = Guests(stand, library)
        async with common_ports(stand, guests, ports={{}}):
            async with control_api(stand, library, path=Path(sys.argv[1])):
                print([name for name in {LATER!r} if name in sys.modules])

asyncio.run(stand_up())
"""


def test_the_common_ports_are_ready_without_what_speaks_http_reads_yaml_and_judges(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", _COMMON_PORTS, str(tmp_path / "api.sock")]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("[]\n", "")
