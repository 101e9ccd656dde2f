"""Products' own checks of a mailbox: what each says to its user, and what its maintainers may mend.

    python -m examples.products.survey                  # which are installed, how each is run
    python -m examples.products.survey --install NAME   # from its registry, into .ci/cache
    python -m examples.products.survey --run NAME       # every scenario with a password
    python -m examples.products.survey --count          # counts by findings.yaml what was run
    python -m examples.products.survey --write          # writes results.md, of figures.json

Run from the folder that holds `examples`. The results of each run stay in .ci/cache.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from examples.products.page import results_page

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CACHE = ROOT / ".ci" / "cache" / "products"
FIGURES = HERE / "figures.json"
"""What was counted of each product's last run."""


@dataclass(frozen=True)
class Product:
    """One, in its folder: `product.yaml` tells what it is, `mapping.yaml` how it is run and what
    its words mean, `findings.yaml` what was found, `install.sh` where it is had from."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def mapping(self) -> Path:
        """From the root of the checkout."""
        return (self.folder / "mapping.yaml").relative_to(ROOT)

    @property
    def about(self) -> dict[str, str]:
        """`title`, `version`, and what `check` of it is run."""
        return self._read("product.yaml")

    @property
    def findings(self) -> list[dict[str, Any]]:
        """In the order in which they are told."""
        return self._read("findings.yaml")

    @property
    def kept(self) -> Path:
        """The results of its last run."""
        return CACHE / f"{self.name}.json"

    def present(self) -> bool:
        """Whether it is installed."""
        return (CACHE / self.name).is_dir()

    def install(self) -> None:
        """Raises CalledProcessError."""
        script = (self.folder / "install.sh").relative_to(ROOT)
        subprocess.run(["sh", str(script)], cwd=ROOT, check=True)

    def run(self, jobs: int, workers: int) -> None:
        """Through all that there is, in the fault phase; what came of it is kept."""
        command = [sys.executable, "-m", "badinbox", "run", "authentication=password", "!life/"]
        command += ["--mapping", str(self.mapping), "--phase", "fault", "--timeout", "200", "-q"]
        command += ["--jobs", str(jobs), "--workers", str(workers), "--json", str(self.kept)]
        subprocess.run(command, cwd=ROOT, check=False)

    def _read(self, name: str) -> Any:
        return yaml.safe_load((self.folder / name).read_text("utf-8"))


PRODUCTS = [Product(file.parent) for file in sorted(HERE.glob("*/product.yaml"))]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options().parse_args(arguments)
    chosen = [each for each in PRODUCTS if not options.names or each.name in options.names]
    for each in chosen:
        if options.install:
            each.install()
        elif options.run and each.present():
            each.run(options.jobs, options.workers)
            keep(each)
        elif options.count and each.kept.is_file():
            keep(each)
        elif not options.write:
            print(f"{each.name}: {_usage(each)}")
    if options.write:
        (HERE / "results.md").write_text(page(), encoding="utf-8")
    return 0


def page() -> str:
    """results.md, of what is stored."""
    stored = figures()
    known = [each for each in PRODUCTS if each.name in stored]
    return results_page(
        [(each.name, each.about, each.findings, stored[each.name]) for each in known]
    )


def figures() -> dict[str, Any]:
    """By the name of the product."""
    return dict(json.loads(FIGURES.read_text("utf-8"))) if FIGURES.is_file() else {}


def keep(product: Product) -> None:
    """Count what it was seen to do, and store it. Raises SystemExit where a finding's example is
    not among what is counted for it."""
    cases = json.loads(product.kept.read_text("utf-8"))["cases"]
    ran = [each for each in cases if each["verdict"] != "not-applicable"]
    found = {
        each["title"]: [case["id"] for case in ran if fits(case, each["when"])]
        for each in product.findings
    }
    for each in product.findings:
        if each["example"] not in found[each["title"]]:
            shown = ", ".join(found[each["title"]][:5]) or "nothing does"
            raise SystemExit(f"{each['example']} does not show: {each['title']}; {shown}")
    violations = Counter(name for each in ran for name in each["violations"])
    counted = {
        "run-on": date.fromtimestamp(product.kept.stat().st_mtime).isoformat(),
        "version": product.about["version"],
        "not-applicable": len(cases) - len(ran),
        "verdicts": dict(Counter(each["verdict"] for each in ran).most_common()),
        "violations": dict(violations.most_common()),
        "findings": {title: len(ids) for title, ids in found.items()},
    }
    text = json.dumps(figures() | {product.name: counted}, indent=2, sort_keys=False)
    FIGURES.write_text(text + "\n", encoding="utf-8")


def fits(case: dict[str, Any], when: dict[str, Any]) -> bool:
    """Whether a check of a run is one that a finding is about: all its keys must fit, each of which
    may be a list of what will do. In `id`, `*` is any text; `message` and `server-said` are regular
    expressions, `seconds-over` is how long it took at least."""
    expected, said = case["expected"], case["said"] or {}
    seen = {
        "verdict": [case["verdict"]],
        "violation": case["violations"],
        "note": case["notes"],
        **{key: [expected[key]] for key in ("error", "stage", "cause")},
    }
    lines = [line for record in case["transcript"] for line in record["lines"]]
    heard = [line["text"] for line in lines if line["direction"] == "S"]
    return (
        bool(re.search(when.get("message", ""), said.get("message") or ""))
        and any(re.search(when.get("server-said", ""), text) for text in [*heard, ""])
        and case["seconds"] > when.get("seconds-over", -1)
        and any(_is_named(case["id"], each) for each in _listed(when.get("id", "*")))
        and all(set(seen[key]) & set(_listed(when[key])) for key in seen.keys() & when.keys())
    )


def _is_named(id_: str, pattern: str) -> bool:
    parts = pattern.split("*")
    return bool(re.fullmatch(".*".join(map(re.escape, parts)), id_))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _usage(product: Product) -> str:
    if product.present():
        return f"badinbox run --mapping {product.mapping}"
    return f"not installed: python -m examples.products.survey --install {product.name}"


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", help="which; left out: all")
    parser.add_argument("--install", action="store_true", help="install them, no more")
    parser.add_argument("--run", action="store_true", help="run those that are installed")
    parser.add_argument("--count", action="store_true", help="count what was run last again")
    parser.add_argument("--write", action="store_true", help="write results.md")
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--workers", type=int, default=1)
    return parser


if __name__ == "__main__":
    sys.exit(main())
