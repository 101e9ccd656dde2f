"""The recipes that `badinbox ca` prints, each run as it stands: a valid certificate is valid."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from fakeservers.mailbox import open_mailbox
from fakeservers.spec import MailboxSpec
from fakeservers.wire.certificates import Authority
from harness.runner.background import Background
from tests.harness.cli.conftest import Badinbox

APPS = {
    "Node.js": (
        *("node", "app.js"),
        "require('tls').connect({host: '127.0.0.1', port: +process.env.PORT}, function () {"
        " console.log('trusted'); this.end(); })",
    ),
    "Java": (
        *("java", "App.java"),
        "class App { public static void main(String[] a) throws Exception {"
        " var s = (javax.net.ssl.SSLSocket) javax.net.ssl.SSLSocketFactory.getDefault()"
        '.createSocket("127.0.0.1", Integer.parseInt(System.getenv("PORT")));'
        ' s.startHandshake(); System.out.println("trusted"); } }',
    ),
    "PHP": (
        *("php", "app.php"),
        "<?php if (stream_socket_client('ssl://127.0.0.1:' . getenv('PORT'))) echo 'trusted';",
    ),
    "Python": (
        *("python3", "app.py"),
        "import os, socket, ssl\n"
        "s = socket.create_connection(('127.0.0.1', int(os.environ['PORT'])))\n"
        "ssl.create_default_context().wrap_socket(s, server_hostname='127.0.0.1')\n"
        "print('trusted')",
    ),
    "Ruby": (
        *("ruby", "app.rb"),
        "require 'socket'; require 'openssl'\n"
        "c = OpenSSL::SSL::SSLContext.new; c.set_params\n"
        "s = OpenSSL::SSL::SSLSocket.new(TCPSocket.new('127.0.0.1', ENV['PORT'].to_i), c)\n"
        "s.hostname = 'localhost'; s.connect; puts 'trusted'",
    ),
}
"""For each runtime: its program, and a file that connects and says so where it trusts."""


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Where a mailbox listens whose authority is kept in the folder `ca`."""
    background = Background()
    opened = open_mailbox(MailboxSpec(), authority=Authority(tmp_path / "ca"))
    with background.hold(opened) as mailbox:
        yield mailbox.services["imap"].port
    background.close()


@pytest.mark.parametrize("runtime", APPS)
def test_a_recipe(
    badinbox: Badinbox,
    port: int,
    tmp_path: Path,
    runtime: str,
    absent: Callable[[str], NoReturn],
) -> None:
    program, name, text = APPS[runtime]
    needed = "javac" if program == "java" else program  # a JRE cannot start what is not compiled
    if not shutil.which(needed):
        absent(f"{needed} is not installed")
    (tmp_path / name).write_text(text)
    line = re.search(rf"^{re.escape(runtime)} +(.*?)(?: {{2,}}.*)?$", _recipes(badinbox), re.M)
    assert line
    command = line[1].replace("python ", "python3 ").replace("…", name)
    assert "trusted" in _output(command, tmp_path, port)
    untrusting = f"{program} {name}"
    assert "trusted" not in _output(untrusting, tmp_path, port)


def _recipes(badinbox: Badinbox) -> str:
    done = badinbox("ca", "ca")
    assert done.returncode == 0, done.stderr
    return done.stdout


def _output(command: str, folder: Path, port: int) -> str:
    environment = {**os.environ, "PORT": str(port)}
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True
    )
    return done.stdout
