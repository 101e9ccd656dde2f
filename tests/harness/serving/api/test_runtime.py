"""The sockets of running commands: in nobody's way once their command is gone."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from harness.files.problems import BadInput
from harness.serving.api.runtime import listening_at, running_sockets, runtime_folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return runtime_folder()


def _left_behind(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(path))


def test_what_a_killed_process_left_is_no_running_socket(folder: Path) -> None:
    _left_behind(folder / "serve-1.sock")
    with listening_at(folder / "serve-2.sock"):
        assert running_sockets() == [folder / "serve-2.sock"]
    assert list(folder.iterdir()) == []


def test_what_a_killed_process_left_is_not_in_the_way(folder: Path) -> None:
    path = folder / "serve-1.sock"
    _left_behind(path)
    with listening_at(path):
        assert running_sockets() == [path]
        with pytest.raises(BadInput, match="in use"), listening_at(path):
            pass
        assert running_sockets() == [path]


def test_a_path_that_is_too_long_is_told_of(folder: Path) -> None:
    with pytest.raises(BadInput, match="too long"), listening_at(folder / ("x" * 120)):
        pass
