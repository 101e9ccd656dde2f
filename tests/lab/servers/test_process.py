"""Whatever becomes of the tests, their servers and folders go away."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.client import LabError
from tests.lab.servers.process import site, version

SERVER = """
import signal, socket, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
sock = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    sock.accept()
"""
OWNER = f"""
import sys
from tests.lab.servers.process import site
with site() as place:
    (port,) = place.ports(1)
    place.run([sys.executable, "-c", {SERVER!r}, str(port)], port)
    print(place.folder, place._servers[0].pid, place._guard.pid, flush=True)
    sys.stdin.read()
"""


def _ended(pidfd: int) -> bool:
    """The process has ended, or does within ten seconds."""
    return bool(select.select([pidfd], [], [], 10)[0])


@pytest.mark.parametrize(
    "how", [signal.SIGKILL, signal.SIGINT, None], ids=["kill", "Ctrl-C", "end"]
)
def test_nothing_is_left(how):
    with subprocess.Popen(
        [sys.executable, "-c", OWNER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as owner:
        folder, *pids = owner.stdout.readline().split()
        assert Path(folder).is_dir()
        pidfds = [os.pidfd_open(int(pid)) for pid in pids]
        if how is not None:
            owner.send_signal(how)
        owner.communicate()
    try:
        assert all(_ended(pidfd) for pidfd in pidfds)
    finally:
        for pidfd in pidfds:
            os.close(pidfd)
    assert not Path(folder).exists()


def test_no_two_sites_are_given_the_same_port():
    with site() as one, site() as other:
        assert not set(one.ports(300)) & set(other.ports(300))


def test_a_server_that_does_not_listen_is_told_with_its_last_words():
    command = [sys.executable, "-c", "print('no such option')"]
    with site() as place, pytest.raises(LabError, match="no such option"):
        place.run(command, place.ports(1)[0])


def test_the_version_of_what_is_not_there_is_empty():
    assert version(["no-such-server-anywhere", "--version"], "(.*)") == ""
    assert version([sys.executable, "--version"], r"Python (\d)") == "3"
