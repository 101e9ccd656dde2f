"""goimapnotify, which runs a command when INBOX has changed: mbsync, as in its README. It connects
anew at once where the connection is lost, and ends where it cannot; it is started again."""

import json
import os
import re
import shlex
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
from isync import mbsync
from manager import Maildir, Program, failing, serve

BUILT = Path(__file__).parents[3] / ".ci/cache/staying/goimapnotify"
"""Where it is looked for before PATH."""


class Goimapnotify(Program):
    _why = ""

    def start(self, settings, folder):
        imap, security = settings["imap"], settings["imap"]["security"]
        Path(folder, "mail").mkdir(exist_ok=True)
        self._mail = Maildir(Path(folder, "mail/inbox"))
        for _ in self._mail.news():
            pass  # of before
        account = {
            "host": imap["host"],
            "port": imap["port"],
            "tls": security != "cleartext",
            "tlsOptions": {
                "rejectUnauthorized": not settings["allow_insecure_certificates"],
                "starttls": security == "starttls",
            },
            "username": settings["username"] or settings["email"],
            "password": settings["password"],
            "boxes": [
                {
                    "mailbox": "INBOX",
                    "onNewMail": shlex.join(mbsync(settings, folder)),
                    "onNewMailPost": "SKIP",
                }
            ],
        }
        config = Path(folder, "goimapnotify.yaml")
        config.touch(mode=0o600)
        config.write_text(json.dumps({"configurations": [account]}))
        os.environ["PATH"] = f"{BUILT}:{os.environ['PATH']}"
        os.environ["SSL_CERT_FILE"] = settings["ca_file"]  # it trusts whom Go trusts
        return ["goimapnotify", "-conf", str(config)]

    def complained(self, line):
        """It begins with a first run of the command, which tells what there is."""
        said = dict(re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|\S+)', line))
        words = {key: _unquoted(text) for key, text in said.items()}
        told, error = words.get("msg", ""), words.get("error", "")
        if told.startswith("stdout: "):
            yield {"state": "connected"}
        elif told.startswith("stderror: "):
            self._why = _unquoted(told.removeprefix("stderror: ")).strip()
        elif words.get("level") == "fatal":
            yield failing("fatal", f"{told}: {error}")
        elif words.get("level") == "error":
            yield failing("command", self._why or error)
        elif "connection to the server closed" in told or "because of an error" in told:
            yield failing("closed", error or told)

    def delivered(self):
        return self._mail.news()

    def ended(self, code, last):
        yield failing(f"exit-{code}", last)


def _unquoted(text):
    return json.loads(text) if text.startswith('"') else text


serve(Goimapnotify())
