"""Ports, and what holds them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fakeservers.wire.listeners import FILES_OF_A_LISTENER, Listen, open_listener

FILES = Path("/proc/self/fd")


@pytest.mark.skipif(not FILES.is_dir(), reason="only Linux tells which files are open")
@pytest.mark.parametrize("how", ["listening", "refused"])
def test_so_many_files_are_open_for_a_port(how: Listen) -> None:
    before = len(os.listdir(FILES))
    listener = open_listener("127.0.0.1", 0, how)
    try:
        assert len(os.listdir(FILES)) - before <= FILES_OF_A_LISTENER
    finally:
        listener.close()
    assert len(os.listdir(FILES)) == before
