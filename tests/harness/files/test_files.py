"""A file is read or refused, and written, as a whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakeservers.files.replacing import write_whole
from harness.files.nodes import read_yaml
from harness.files.problems import BadInput


@given(st.text(max_size=60))
def test_no_text_is_a_traceback(text: str) -> None:
    try:
        read_yaml(text, "file.yaml")
    except BadInput as bad:
        assert len(bad.problems) == 1
        assert "\n" not in str(bad).removesuffix("\n")


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "out.json"
    write_whole(file, b"old")
    monkeypatch.setattr(os, "replace", _full)
    with pytest.raises(OSError, match="disk"):
        write_whole(file, b"new")
    assert file.read_bytes() == b"old" and list(tmp_path.iterdir()) == [file]


def test_a_link_stays_a_link_and_a_device_a_device(tmp_path: Path) -> None:
    link, target = tmp_path / "link", tmp_path / "target"
    link.symlink_to(target)
    write_whole(link, b"new")
    assert link.is_symlink() and target.read_bytes() == b"new"
    write_whole(Path(os.devnull), b"gone")
    assert not Path(os.devnull).is_file()


def _full(source: object, target: object) -> None:
    raise OSError(28, "disk full")
