"""The servers that badinbox is measured against, and how each is started.

Those of Debian are in the lab's care (`tests/lab`); those of Python get a virtualenv, hoodiecrow a
folder of npm, both in .ci/cache, by `python -m bench.peers --install`.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.clock import ROOT
from tests.lab.cases import PASSWORD, USER
from tests.lab.servers.dovecot import PORTS
from tests.lab.servers.dovecot import missing as dovecot_missing
from tests.lab.servers.postfix import Postfix
from tests.lab.servers.postfix import missing as postfix_missing
from tests.lab.servers.process import Site, site

CACHE = ROOT / ".ci" / "cache" / "peers"
PYTHON = CACHE / "bin" / "python"
PACKAGES = ("aiosmtpd==1.4.6", "smtpdfix==0.5.3", "pymap==0.36.7", "mail-devel==0.18.1")
HOODIECROW = "hoodiecrow-imap@2.1.0"
_STANDING = Path(__file__).with_name("standing.py")

Ports = Mapping[str, int]
"""By protocol and security: `imap implicit-tls`."""


@dataclass(frozen=True)
class Standing:
    """A server that runs: the process that all of its others come of, and where it listens."""

    pid: int
    ports: Ports


@dataclass(frozen=True)
class Peer:
    """A server. `python`: it is written in Python; `authenticates`: its SMTP knows AUTH."""

    name: str
    start: Callable[[contextlib.ExitStack], Standing]
    missing: Callable[[], str]
    python: bool = True
    authenticates: bool = True
    username: str = USER


def install() -> None:
    """Install the peers that Python's index and npm have, in `CACHE`."""
    venv.create(CACHE, with_pip=True)
    subprocess.run([PYTHON, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    if shutil.which("npm"):
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(CACHE)]
        subprocess.run([*command, HOODIECROW], check=True)


def _present(path: Path) -> Callable[[], str]:
    return lambda: "" if path.exists() else "not installed: python -m bench.peers --install"


@contextlib.contextmanager
def _telling(*command: str | Path) -> Iterator[Standing]:
    """A process that prints its ports, and ends with its standard input."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
    with process:
        assert process.stdout and process.stdin
        yield Standing(process.pid, json.loads(process.stdout.readline()))
        process.stdin.close()


def _badinbox(stack: contextlib.ExitStack) -> Standing:
    return stack.enter_context(_telling(sys.executable, "-m", "bench.peers.standing", "badinbox"))


def _controller(name: str) -> Callable[[contextlib.ExitStack], Standing]:
    def start(stack: contextlib.ExitStack) -> Standing:
        place = stack.enter_context(site())
        place.write_certificates()
        command = (PYTHON, _STANDING, name, place.folder / "valid.pem")
        return stack.enter_context(_telling(*command))

    return start


def _running(place: Site, command: list[str], ports: Ports) -> Standing:
    """A server that says nothing of where it listens."""
    place.run(command, next(iter(ports.values())))
    return Standing(place.pids[-1], ports)


def _pymap(stack: contextlib.ExitStack) -> Standing:
    place = stack.enter_context(site())
    place.write_certificates()
    (port,) = place.ports(1)
    certificate = str(place.folder / "valid.pem")
    command = [str(CACHE / "bin" / "pymap"), "--no-service", "managesieve", "--no-service", "admin"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--cert", certificate]
    command += ["--key", certificate, "dict", "--demo-data", "--demo-user", "anna"]
    return _running(place, [*command, "--demo-password", PASSWORD], {"imap cleartext": port})


def _mail_devel(stack: contextlib.ExitStack) -> Standing:
    place = stack.enter_context(site())
    place.write_certificates()
    imap, smtp, smtps = place.ports(3)
    certificate = str(place.folder / "valid.pem")
    command = [str(CACHE / "bin" / "mail_devel"), "--host", "127.0.0.1", "--no-http"]
    command += ["--user", USER, "--password", PASSWORD, "--cert", certificate, "--key", certificate]
    command += ["--imap-port", str(imap), "--smtp-port", str(smtp), "--smtps-port", str(smtps)]
    ports = {
        "imap cleartext": imap,
        "smtp cleartext": smtp,
        "smtp implicit-tls": smtps,
    }
    return _running(place, command, ports)


_HOODIECROW = """
const hoodiecrow = require('hoodiecrow-imap')
const users = {'%s': {password: '%s'}}
hoodiecrow({users}).listen(%d, '127.0.0.1')
"""


def _hoodiecrow(stack: contextlib.ExitStack) -> Standing:
    place = stack.enter_context(site())
    (port,) = place.ports(1)
    script = CACHE / "hoodiecrow.js"  # beside its node_modules
    script.write_text(_HOODIECROW % (USER, PASSWORD, port))
    return _running(place, ["node", str(script)], {"imap cleartext": port})


_DOVECOT = (
    """\
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
ssl = yes
ssl_cert = <{folder}/valid.pem
ssl_key = <{folder}/valid.pem
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
mail_max_userip_connections = 0
first_valid_uid = 1
default_client_limit = 20000
passdb {{
  driver = static
  args = password={password}
}}
"""
    + PORTS
    + """\
service stats {{
  chroot =
}}
"""
)


def _dovecot(stack: contextlib.ExitStack) -> Standing:
    place = stack.enter_context(site())
    place.write_certificates()
    cleartext, tls = place.ports(2)
    folder = place.folder
    (folder / "mail").mkdir()
    (folder / "mail").chmod(0o777)
    (folder / "dovecot.conf").write_text(
        _DOVECOT.format(
            folder=folder,
            password=PASSWORD,
            cleartext=cleartext,
            tls=tls,
            # Its own advice for many connections: one process serves them all.
            login="service_count = 0",
        )
    )
    ports = {"imap cleartext": cleartext, "imap implicit-tls": tls}
    return _running(place, ["dovecot", "-F", "-c", str(folder / "dovecot.conf")], ports)


def _postfix(stack: contextlib.ExitStack) -> Standing:
    server = Postfix(stack, ca_file="")
    ports = {"smtp cleartext": server.ports["no-tls"], "smtp implicit-tls": server.ports["tls"]}
    return Standing(server.pid, ports)


def _smtp_sink(stack: contextlib.ExitStack) -> Standing:
    place = stack.enter_context(site())
    (port,) = place.ports(1)
    command = ["/usr/sbin/smtp-sink", "-u", "postfix", f"127.0.0.1:{port}", "128"]
    return _running(place, command, {"smtp cleartext": port})


_IN_VENV = _present(PYTHON)
OURS = Peer("badinbox", _badinbox, lambda: "")
PEERS = (
    OURS,
    Peer("pymap", _pymap, _IN_VENV, username="anna"),
    Peer("mail-devel", _mail_devel, _IN_VENV),
    Peer("aiosmtpd Controller", _controller("aiosmtpd"), _IN_VENV),
    Peer("smtpdfix", _controller("smtpdfix"), _IN_VENV),
    Peer("hoodiecrow", _hoodiecrow, _present(CACHE / "node_modules"), python=False),
    Peer("Dovecot", _dovecot, dovecot_missing, python=False),
    Peer("Postfix", _postfix, postfix_missing, python=False),
    Peer("smtp-sink", _smtp_sink, postfix_missing, python=False, authenticates=False),
)
