"""Thunderbird with a profile of its own, on a screen that nobody sees."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fakeservers.security import Security
from tests.thunderbird.marionette import Marionette

_PORT: Final = 2829
SCREEN: Final = ":77"
_HAND: Final = Path(__file__).with_name("in_window.js").read_text("utf-8")
_PREFERENCES: Final = {
    "marionette.port": _PORT,
    "app.donation.eoy.version.viewed": 999,
    "app.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "mail.biff.show_alert": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.rights.version": 1,
    "mail.shell.checkDefaultClient": False,
    "mailnews.auto_config_url": "",
    "mailnews.auto_config.fetchFromExchange.enabled": False,
    "mailnews.auto_config.fetchFromISP.enabled": False,
    "mailnews.mx_service_url": "",
    "mailnews.start_page.enabled": False,
}
"""Nothing is looked up anywhere: what is typed is all that it knows."""
_SOCKET_TYPES: Final[dict[Security, str]] = {"cleartext": "0", "starttls": "2", "implicit-tls": "3"}


@dataclass(frozen=True)
class Typed:
    """A server, as it is typed."""

    host: str
    port: int
    security: Security


@dataclass(frozen=True)
class Thunderbird:
    """One that runs."""

    marionette: Marionette

    def trust(self, ca_file: str) -> None:
        """Trust this authority, and keep what it alerts its user to."""
        self._do("trust", list(ssl.PEM_cert_to_DER_cert(Path(ca_file).read_text())))

    def set_up(self, user: str, password: str, imap: Typed, smtp: Typed) -> list[str]:
        """By its wizard, with settings that are typed. What it said of what went wrong; empty: the
        account is there."""
        return self._do("setUp", user, password, _cells(imap), _cells(smtp))

    def look(self) -> list[str]:
        """Ask for mail, and give it time to say what is wrong."""
        return self._do("look")

    def send(self, to: str) -> list[str]:
        """Write an e-mail and send it; what it said of that. Empty: it is sent."""
        return self._do("send", to)

    def _do(self, name: str, *arguments: object) -> list[str]:
        """What a function of `in_window.js` returns."""
        found: list[str] | None = self.marionette.run(
            f"{_HAND}\nreturn await {name}(...args);", *arguments
        )
        return found or []


def _cells(server: Typed) -> tuple[str, str, str]:
    return server.host, str(server.port), _SOCKET_TYPES[server.security]


@contextmanager
def thunderbird(folder: Path) -> Iterator[Thunderbird]:
    """One that has never run, its home and profile in this folder."""
    profile = folder / "profile"
    profile.mkdir()
    lines = (
        f"user_pref({json.dumps(name)}, {json.dumps(value)});\n"
        for name, value in _PREFERENCES.items()
    )
    (profile / "user.js").write_text("".join(lines))
    env = {**os.environ, "HOME": str(folder), "DISPLAY": SCREEN, "LC_ALL": "C.UTF-8"}
    words = ["thunderbird", "--profile", str(profile), "--no-remote", "--marionette"]
    with (folder / "thunderbird.log").open("wb") as log:
        process = subprocess.Popen(
            [*words, "--remote-allow-system-access"], env=env, stdout=log, stderr=log
        )
        try:
            yield Thunderbird(Marionette(_PORT, process))
        finally:
            process.terminate()
            process.wait()
