"""getmail6 with `--idle`. It ends by most of what goes wrong, and is started again."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
from manager import Maildir, Program, failing, serve

CONFIG = """\
[retriever]
type = {retriever}
server = {host}
port = {port}
username = {user}
password = {password}
mailboxes = ("INBOX",)
timeout = {timeout}
{trust}
[destination]
type = MDA_external
path = /bin/sh
arguments = ("-c", "f=$(mktemp {mail}/tmp/XXXXXX) && cat > $f && mv $f {mail}/new/")
allow_root_commands = true

[options]
read_all = false
"""
RETRIEVERS = {
    "implicit-tls": "SimpleIMAPSSLRetriever",
    "starttls": "SimpleIMAPRetriever",
    "cleartext": "SimpleIMAPRetriever",
}


class Getmail(Program):
    _wrong = ""

    def start(self, settings, folder):
        imap, mail = settings["imap"], Path(folder, "mail")
        self._mail = Maildir(mail)
        for _ in self._mail.news():
            pass  # of before
        secure = imap["security"] != "cleartext"
        config = Path(folder, "getmailrc")
        config.touch(mode=0o600)
        config.write_text(
            CONFIG.format(
                retriever=RETRIEVERS[imap["security"]],
                host=imap["host"],
                port=imap["port"],
                user=settings["username"] or settings["email"],
                password=settings["password"],
                timeout=max(1, round(settings["timeout_s"])),
                trust=f"ca_certs = {settings['ca_file']}\n" if secure else "",
                mail=mail,
            )
        )
        getmail = ["getmail", "--getmaildir", folder, "--rcfile", str(config), "--idle", "INBOX"]
        return ["sh", "-c", 'exec "$@" 2>&1', "sh", *getmail]

    def heard(self, line):
        """It sums each session up, after what went wrong in it."""
        if re.match(r"Simple\w+:.*:$", line):
            self._wrong = ""
        elif re.search(r"\d+ messages \(\d+ bytes\) retrieved", line):
            if not self._wrong:
                yield {"state": "connected"}
        elif " error (" in line or "Error" in line or "timed out" in line:
            self._wrong = line.removeprefix("getmailrc: ")

    def delivered(self):
        return self._mail.news()

    def ended(self, code, last):
        yield failing(f"exit-{code}", self._wrong or last)


serve(Getmail())
