"""mbsync, which is no daemon: run again and again, as by the timer that people give it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
from manager import Maildir, Program, failing, serve

CONFIG = """\
IMAPAccount far
Host {host}
Port {port}
User "{user}"
Pass "{password}"
SSLType {security}
CertificateFile "{ca}"
Timeout {timeout}

IMAPStore far
Account far

MaildirStore near
Path {mail}/
Inbox {mail}/inbox

Channel mail
Far :far:
Near :near:
Patterns INBOX
Sync Pull
Create Near
SyncState *
"""
SECURITY = {"implicit-tls": "IMAPS", "starttls": "STARTTLS", "cleartext": "None"}


class Mbsync(Program):
    def start(self, settings, folder):
        imap, mail = settings["imap"], Path(folder, "mail")
        if self.every_s is None:
            mail.mkdir()
            self._mail = Maildir(mail / "inbox")
        self.every_s = settings["pace"]["poll_s"]
        config = Path(folder, "mbsyncrc")
        config.touch(mode=0o600)
        config.write_text(
            CONFIG.format(
                host=imap["host"],
                port=imap["port"],
                user=settings["username"] or settings["email"],
                password=settings["password"],
                security=SECURITY[imap["security"]],
                ca=settings["ca_file"],
                timeout=max(1, round(settings["timeout_s"])),
                mail=mail,
            )
        )
        return ["mbsync", "-c", str(config), "mail"]

    def delivered(self):
        return self._mail.news()

    def ended(self, code, last):
        if code == 0:
            yield {"state": "connected"}
        else:
            yield failing(f"exit-{code}", last)


serve(Mbsync())
