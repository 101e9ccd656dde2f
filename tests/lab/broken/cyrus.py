"""Cyrus IMAP, set up wrong in each way of `cyrus_ways`: one master, a port for each of them."""

from __future__ import annotations

import contextlib
import imaplib
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.lab.broken.cyrus_ways import WAYS
from tests.lab.broken.ways import Way
from tests.lab.cases import PASSWORD
from tests.lab.catalogue.imap import login
from tests.lab.client import TLS, Address, held
from tests.lab.servers.cyrus import CONFIGURATION, IMAPD, PROGRAMS, SaslAuthDaemon
from tests.lab.servers.process import site

ADMINISTRATOR = "admin"
FOLDERS = ("db", "log", "lock", "msg", "proc", "ptclient", "socket", "sieve")
MESSAGES = {
    "motd": "Maintenance on Sunday",
    "shutdown": "System is going down for maintenance",
}
"""What stands in a file of this name in Cyrus's folder `msg`, of a way that has one of its own."""


class BrokenCyrus:
    """It ends with the stack."""

    def __init__(self, stack: contextlib.ExitStack, ca_file: str) -> None:
        self._ca_file = ca_file
        self._site = stack.enter_context(site())
        self._folder = self._site.folder
        self._ports = self._site.ports(len(WAYS))
        self._furnish()
        daemon = SaslAuthDaemon(self._folder / "saslauthd")
        stack.callback(daemon.close)
        conf = f"{self._folder}/0.conf"
        files = ("-C", conf, "-M", f"{self._folder}/cyrus.conf", "-p", f"{self._folder}/pid")
        self._site.run([f"{PROGRAMS}/master", "-D", *files], self._ports[0])
        self._break_mailboxes()

    @contextlib.contextmanager
    def address(self, number: int, source: str) -> Iterator[Address]:
        """Where the way of this number is met, and as long as what is in the way stands."""
        way = WAYS[number]
        address = Address(self._ports[number], source=source, ca_file=self._ca_file)
        with contextlib.ExitStack() as stack:
            if way.special == "held":
                stack.enter_context(held(address, "imap", (TLS, login())))
            if way.special == "one-process":
                stack.enter_context(held(address, "imap", ()))
            yield address

    def _furnish(self) -> None:
        self._site.write_certificates()
        for name in FOLDERS:
            (self._folder / "conf" / name).mkdir(parents=True)
        (self._folder / "spool").mkdir()
        for name in MESSAGES:
            own = self._folder / f"conf-{name}"
            own.mkdir()
            for folder in FOLDERS:
                if folder != "msg":
                    (own / folder).symlink_to(self._folder / "conf" / folder)
            (own / "msg").mkdir()
            (own / "msg" / name).write_text(MESSAGES[name] + "\n")
        (self._folder / "conf-no-database").mkdir()
        services = [self._service(number, way) for number, way in enumerate(WAYS)]
        recover = f"{PROGRAMS}/ctl_cyrusdb -C {self._folder}/0.conf -r"
        (self._folder / "cyrus.conf").write_text(
            f'START {{\nrecover cmd="{recover}"\n}}\nSERVICES {{\n'
            + "\n".join(filter(None, services))
            + "\n}\nEVENTS {\n}\n"
        )
        chown = shutil.which("chown") or "chown"
        (self._folder / "conf-no-database").chmod(0o700)
        owned = [self._folder / name for name in ("conf", "spool")]
        owned += [self._folder / f"conf-{name}" for name in MESSAGES]
        subprocess.run([chown, "-Rh", "cyrus:mail", *owned], check=True)

    def _service(self, number: int, way: Way) -> str:
        """The line of cyrus.conf; its file of settings is written."""
        file = self._folder / f"{number}.conf"
        file.write_text(self._settings(way))
        if way.special == "down":
            return ""
        program = way.program or str(IMAPD)
        program = program if program.startswith("/") else f"{PROGRAMS}/{program}"
        tls = " -s" if way.security == "implicit-tls" else ""
        more = " maxchild=1" if way.special == "one-process" else ""
        listen = f'listen="127.0.0.1:{self._ports[number]}" prefork=0{more}'
        return f'way{number} cmd="{program} -C {file}{tls}" {listen}'

    def _settings(self, way: Way) -> str:
        profile = way.setup.get("certificate", "valid")
        text = CONFIGURATION.format(folder=self._folder, plaintext="no", profile=profile)
        settings = dict(line.split(": ", 1) for line in text.splitlines())
        settings |= {"maxlogins_per_host": "0", "admins": ADMINISTRATOR}
        own = {key: value for key, value in way.setup.items() if key != "certificate"}
        settings |= {
            key: value.replace("{folder}", str(self._folder)) for key, value in own.items()
        }
        if way.special in (*MESSAGES, "no-database"):
            settings["configdirectory"] = f"{self._folder}/conf-{way.special}"
        return "".join(f"{key}: {value}\n" for key, value in settings.items())

    def _break_mailboxes(self) -> None:
        for user in ("gone", "broken", "shutout", "full", "denied"):
            with self._logged_in(user) as imap:
                imap.select()
        with self._logged_in(ADMINISTRATOR) as imap:
            imap.setacl("user/shutout", "shutout", '""')
            imap.setquota("user/full", "(STORAGE 0)")
        shutil.rmtree(self._path("gone"))
        for name in ("cyrus.header", "cyrus.index"):
            (self._path("broken") / name).write_bytes(b"broken\n")
        number = next(n for n, way in enumerate(WAYS) if way.special == "denied")
        deny = [f"{PROGRAMS}/cyr_deny", "-C", f"{self._folder}/0.conf", "-s", f"way{number}"]
        deny.append("denied")
        subprocess.run(deny, check=True, capture_output=True)

    def _path(self, user: str) -> Path:
        """The folder of the user's INBOX."""
        command = [f"{PROGRAMS}/mbpath", "-C", f"{self._folder}/0.conf", f"user/{user}"]
        found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return Path(found.split()[-1])

    @contextlib.contextmanager
    def _logged_in(self, user: str) -> Iterator[imaplib.IMAP4_SSL]:
        context = ssl.create_default_context(cafile=self._ca_file)
        context.check_hostname = False
        with imaplib.IMAP4_SSL("127.0.0.1", self._ports[0], ssl_context=context) as imap:
            imap.login(user, PASSWORD)
            yield imap
