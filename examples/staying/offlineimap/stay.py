"""offlineimap3 as it runs for ever: `autorefresh`, and IDLE in the meantime (`idlefolders`)."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
from manager import Maildir, Program, failing, serve

CONFIG = """\
[general]
accounts = life
metadata = {folder}/state
socktimeout = {timeout}
fsync = no

[Account life]
localrepository = near
remoterepository = far
autorefresh = {minutes}

[Repository near]
type = Maildir
localfolders = {mail}

[Repository far]
type = IMAP
remotehost = {host}
remoteport = {port}
remoteuser = {user}
remotepass = {password}
readonly = True
folderfilter = lambda name: name == 'INBOX'
idlefolders = ['INBOX']
keepalive = {idle}
{security}
"""
SECURITY = {
    "implicit-tls": "ssl = yes\nstarttls = no\nsslcacertfile = {ca}",
    "starttls": "ssl = no\nstarttls = yes\nsslcacertfile = {ca}",
    "cleartext": "ssl = no\nstarttls = no",
}


class Offlineimap(Program):
    _wrong = ()

    def start(self, settings, folder):
        imap, mail = settings["imap"], Path(folder, "mail")
        if not mail.exists():
            mail.mkdir()
        self._mail = Maildir(mail / "INBOX") if not hasattr(self, "_mail") else self._mail
        config = Path(folder, "offlineimaprc")
        config.touch(mode=0o600)
        config.write_text(
            CONFIG.format(
                folder=folder,
                mail=mail,
                host=imap["host"],
                port=imap["port"],
                user=settings["username"] or settings["email"],
                password=settings["password"].replace("%", "%%"),
                timeout=max(1, round(settings["timeout_s"])),
                minutes=settings["pace"]["poll_s"] / 60,
                idle=max(1, round(settings["pace"]["idle_s"])),
                security=SECURITY[imap["security"]].format(ca=settings["ca_file"]),
            )
        )
        offlineimap = ["offlineimap", "-c", str(config), "-u", "basic"]
        return ["sh", "-c", 'exec "$@" 2>&1', "sh", *offlineimap]

    def heard(self, line):
        """What went wrong is told in several lines, before the account is finished."""
        if re.match(r"\*\*\* Processing account", line):
            self._wrong = []
        elif re.match(r"\s*ERROR: ", line):
            self._wrong = [line.partition("ERROR: ")[2]]
        elif line.startswith("\t") and self._wrong:
            self._wrong.append(line.strip())
        elif re.match(r"\*\*\* Finished account", line):
            yield failing("error", " ".join(self._wrong)) if self._wrong else {"state": "connected"}
            self._wrong = []

    def delivered(self):
        return self._mail.news()


serve(Offlineimap())
