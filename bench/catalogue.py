"""The whole catalogue: whether waits overlap, two processes at once, twice and four times it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.clock import Spent, run
from bench.results import Result, milliseconds
from harness.judging.expectation import expects_timeout
from harness.scenario import builtin_path
from harness.scenario.catalogue import checked, collect
from harness.scenario.model import Scenario

RUNS = 3
RUN = ("-m", "badinbox", "run")
CHECKS = (*RUN, "!life/")
LIVES = (*RUN, "life/")
LIFE_S = 0.6
"""How long a life may take of the wall time of all: 60 s for a hundred, however long one lasts."""
PYTEST = ("-m", "pytest", "scenarios", "--ignore=scenarios/life", "-q", "-p", "no:cacheprovider")


def measure_waits() -> list[Result]:
    """Wall time against 1.3 times the CPU time plus the longest single wait."""
    wait_s = max(case.timeout_s for case in _cases() if expects_timeout(case))
    runs = [run(CHECKS) for _ in range(RUNS)]
    return [
        Result(
            "catalogue, wall: 1.3 CPU + longest wait",
            1.0,
            tuple(spent.wall_s / (1.3 * spent.cpu_s + wait_s) for spent in runs),
            f"{_show(runs)}, longest wait {wait_s:g} s",
        )
    ]


def measure_lives() -> list[Result]:
    """All lives, which mostly wait, against 60 s for each hundred of them."""
    count = sum(case.life is not None for case in collect([builtin_path()]))
    runs = [run(LIVES) for _ in range(RUNS)]
    ratios = tuple(spent.wall_s / (LIFE_S * count) for spent in runs)
    return [Result("lives, wall: 60 s for a hundred", 1.0, ratios, f"{count}: {_show(runs)}")]


def measure_parallel() -> list[Result]:
    """Two processes against one, by workers, by pytest-xdist and by shards."""
    by_one = (*CHECKS, "--workers", "1")
    shards = [(*by_one, "--shard", f"{number}/2") for number in (1, 2)]
    pairs: dict[str, tuple[float, Sequence[Sequence[str]], Sequence[str]]] = {
        "--workers 2, wall: --workers 1": (0.55, [(*CHECKS, "--workers", "2")], by_one),
        "pytest -n 2, wall: -n 0": (0.65, [(*PYTEST, "-n", "2")], (*PYTEST, "-n", "0")),
        "two shards at once, wall: one run": (0.65, shards, by_one),
    }
    results = []
    for name, (target, both, alone) in pairs.items():
        times = [(run(*both), run(alone)) for _ in range(RUNS)]
        ratios = tuple(two.wall_s / one.wall_s for two, one in times)
        shown = f"two: {_show([two for two, _ in times])}; one: {_show([one for _, one in times])}"
        results.append(Result(f"catalogue, {name}", target, ratios, shown))
    return results


def measure_linear() -> list[Result]:
    """CPU per case with twice and four times the cases; what starting costs is taken off."""
    first, count = _cases()[0].id, len(_cases())
    costs: dict[int, list[float]] = {1: [], 2: [], 4: []}
    run(RUN)  # the kernel has work with closed connections for a minute: never begin without any
    for _ in range(RUNS):
        start_s = run((*RUN, first)).cpu_s
        for times, cost in costs.items():
            with _catalogue(times) as folder:
                spent = run((*RUN, "--scenarios", folder))
            cost.append((spent.cpu_s - start_s) / (count * times))
    shown = (milliseconds(f"{times}x", cost) for times, cost in costs.items())
    return [
        Result(
            "catalogue, CPU of a case, 4x the cases: 1x",
            1.15,
            tuple(many / one for many, one in zip(costs[4], costs[1], strict=True)),
            f"a case of {', '.join(shown)}",
        )
    ]


def _cases() -> list[Scenario]:
    return checked(collect([builtin_path()]))


@contextmanager
def _catalogue(times: int) -> Iterator[str]:
    """A folder that has every scenario file so many times; a file's name is part of its ids."""
    with tempfile.TemporaryDirectory(prefix="badinbox-bench-") as folder:
        for file in {scenario.file for scenario in _cases()}:
            target = Path(folder) / file.parent.name
            target.mkdir(exist_ok=True)
            for number in range(times):
                shutil.copy(file, target / f"{file.stem}-{number}.yaml")
        yield folder


def _show(runs: list[Spent]) -> str:
    fastest = min(runs, key=lambda spent: spent.wall_s)
    return f"fastest {fastest.wall_s:.1f} s (CPU {fastest.cpu_s:.1f} s)"
