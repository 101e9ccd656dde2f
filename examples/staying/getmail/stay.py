"""getmail6 with `--idle`. It ends by most of what goes wrong, and is started again. Tokens are had
by the program that comes with it, which renews them by the clock."""

import json
import os
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
{secret}
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
EARLIER_S = 100
"""So long before it expires its program takes a token for expired."""


class Getmail(Program):
    _wrong = ""
    _tokens = None

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
                secret=self._secret(settings, Path(folder, "tokens.json")),
                timeout=max(1, round(settings["timeout_s"])),
                trust=f"ca_certs = {settings['ca_file']}\n" if secure else "",
                mail=mail,
            )
        )
        getmail = ["getmail", "--trace", "--getmaildir", folder, "--rcfile", str(config)]
        getmail += ["--idle", "INBOX"]
        return ["sh", "-c", 'exec "$@" 2>&1', "sh", *getmail]

    def _secret(self, settings, file):
        """The lines of how it is let in. `file`: it keeps its tokens there."""
        if not settings["oauth2"]:
            return f"password = {settings['password']}"
        if self._tokens != settings["oauth2"]:
            self._tokens = settings["oauth2"]
            file.touch(mode=0o600)
            file.write_text(json.dumps(kept(self._tokens)))
        os.environ["SSL_CERT_FILE"] = settings["ca_file"]
        command = f'("getmail-gmail-xoauth-tokens", "{file}")'
        return f"use_xoauth2 = true\npassword_command = {command}"

    def heard(self, line):
        """It waits for mail once it has told what is wrong, if something is."""
        if re.match(r"\w+\(\) \[", line):
            return  # where it is in its code
        if re.match(r"Simple\w+:.*:$", line):
            self._wrong = ""
        elif "Entering IDLE mode" in line or "does not support IDLE" in line:
            if not self._wrong:
                yield {"state": "connected"}
        elif " error (" in line or "Error" in line or "timed out" in line:
            self._wrong = line.removeprefix("getmailrc: ")

    def delivered(self):
        return self._mail.news()

    def ended(self, code, last):
        yield failing(f"exit-{code}", self._wrong or last)


def kept(oauth2):
    """What the program that comes with it would have written when the customer had signed in."""
    return {
        "client_id": oauth2["client_id"],
        "client_secret": oauth2["client_secret"],
        "token_uri": oauth2["token_endpoint"],
        "refresh_token": oauth2["refresh_token"],
        "access_token": oauth2["access_token"],
        "expires_at": (oauth2["expires_at"] or 0) - EARLIER_S,
    }


serve(Getmail())
