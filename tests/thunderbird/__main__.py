"""`python -m tests.thunderbird [words]`: Thunderbird at `badinbox serve --any`.

It is set up by its own wizard, each time with a fresh profile, under Xvfb, in a network of its own
that has a loopback and nothing else. What it shows is printed, with the verdict of `serve` on it:
whether the scenario's fault was met, and what Thunderbird did wrong on the way.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from badinbox import Client
from fakeservers.security import SHOWN
from fakeservers.spec import MailboxSpec
from tests.thunderbird.application import SCREEN, Typed, thunderbird

_ALONE: Final = "BADINBOX_ALONE"
_SERVE: Final = (sys.executable, "-m", "badinbox", "serve", "--any", "--quiet")
_SECURITIES: Final = {shown: security for security, shown in SHOWN.items()}


@dataclass(frozen=True)
class Case:
    """A scenario, and what Thunderbird shows of it: a pattern. `sends`: in sending an e-mail."""

    id: str
    shows: str
    sends: bool = False


_LOG_IN_FAILED: Final = "Authentication error.*Unable to log in at server"
CASES: Final = (
    Case("connected/working[implicit-tls]", "", sends=True),
    Case("connected/working[starttls]", "", sends=True),
    Case("unauthorized/bad-password-imap[gmail]", _LOG_IN_FAILED),
    Case("unauthorized-app-password-required/gmail-imap", _LOG_IN_FAILED),
    Case("imap-authentication-error/account-locked[outlook]", _LOG_IN_FAILED),
    Case(
        "imap-confirmation-error/mailbox-unavailable[dovecot-mailbox-unavailable]",
        r"operation on 'Inbox' did not succeed.* \[SERVERBUG\] Internal error occurred",
    ),
    Case(
        "test-email-failed/message-rejected[gmail]",
        "has an SPF record with a hard fail",
        sends=True,
    ),
    Case("smtp-settings-incorrect/login-rate-limited[postfix]", "Login .* failed", sends=True),
    Case("unauthorized-untrusted-certificate/expired[imap-starttls]", "Outdated Information"),
    Case("unauthorized-untrusted-certificate/hostname-mismatch[imap-starttls]", "Wrong Site"),
    Case("imap-confirmation-error/greeting-too-many-connections[dovecot]", "BYE Connection queue"),
    Case("imap-settings-incorrect/tls-too-old[implicit-tls-1.1]", "failed to find the settings"),
)


@dataclass(frozen=True)
class _Serving:
    """`badinbox serve --any`, as it runs."""

    client: Client
    ca_file: str


def _play(serving: _Serving, case: Case, pictures: Path) -> str:
    """What Thunderbird showed."""
    common = serving.client.request("GET", "common", text=case.id)
    how = next(each for each in common["scenarios"] if each["id"] == case.id)
    imap, smtp = (_typed(common, how, protocol) for protocol in ("imap", "smtp"))
    with tempfile.TemporaryDirectory() as folder, thunderbird(Path(folder)) as running:
        running.trust(serving.ca_file)
        shown = running.set_up(how["user_names"][0], how["password"], imap, smtp)
        if not shown:
            shown = running.send(MailboxSpec().bcc.address) if case.sends else running.look()
        running.marionette.picture(pictures / f"{re.sub(r'[^a-z0-9]+', '-', case.id)}.png")
    return " | ".join(dict.fromkeys(filter(None, shown)))


def _typed(common: Any, how: Any, protocol: str) -> Typed:
    security = _SECURITIES[how[protocol]]
    [port] = (
        each
        for each in common["ports"]
        if (each["protocol"], each["security"]) == (protocol, security)
    )
    return Typed(how["host_name"] or port["host"], port["port"], security)


@contextmanager
def _serving(folder: Path) -> Iterator[_Serving]:
    """`badinbox serve --any`, and a screen."""
    ports = folder / "ports.json"
    words = [*_SERVE, "--ca", str(folder / "ca"), "--ports-file", str(ports)]
    screen = subprocess.Popen(["Xvfb", SCREEN, "-screen", "0", "1200x900x24", "-nolisten", "tcp"])
    serve = subprocess.Popen([*words, "--socket", str(folder / "socket")], stdout=subprocess.PIPE)
    try:
        assert serve.stdout
        for line in serve.stdout:
            if line.startswith(b"Ready"):
                break
        with Client(str(folder / "socket")) as client:
            yield _Serving(client, str(folder / "ca/ca.pem"))
    finally:
        for process in (serve, screen):
            process.terminate()
            process.wait()


def main(words: list[str]) -> int:
    """Play them; 1 where one was not as it is said here."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    pictures = Path(tempfile.mkdtemp(prefix="badinbox-thunderbird-"))
    wrong = 0
    chosen = [each for each in CASES if all(word in each.id for word in words)]
    with tempfile.TemporaryDirectory() as folder, _serving(Path(folder)) as serving:
        for case in chosen:
            shown = _play(serving, case, pictures)
            met = serving.client.verdict(case.id, case.id.partition("/")[0], message=shown or None)
            fits = bool(re.search(case.shows, shown)) if case.shows else not shown
            wrong += not fits or met["verdict"] == "not-exercised"
            print(f"{'ok   ' if fits else 'WRONG'} {case.id}\n      shows: {shown or '-'}")
            print(f"      {met['verdict']} {' '.join(met['violations'])} {met['why']}", flush=True)
    print(f"{len(chosen) - wrong} of {len(chosen)}; pictures in {pictures}")
    return bool(wrong)


if __name__ == "__main__":
    if _ALONE not in os.environ:
        for program in ("thunderbird", "Xvfb", "unshare", "ip"):
            if not shutil.which(program):
                raise SystemExit(f"{program} is not installed")
        command = ["unshare", "--net", "--map-root-user", sys.executable, "-m", "tests.thunderbird"]
        os.environ[_ALONE] = "1"
        os.execvp(command[0], [*command, *sys.argv[1:]])
    raise SystemExit(main(sys.argv[1:]))
