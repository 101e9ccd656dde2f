"""mail_room, which GitLab takes e-mail in with. It connects anew by itself where the connection is
lost; of all else it ends ("crashed out, which it's designed to do"), and is started again."""

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
from manager import Program, failing, serve

CONFIG = """\
:mailboxes:
  -
{typed}
    :name: INBOX
    :delivery_method: logger
    :delivery_options:
      :log_path: {log}
    :logger:
      :log_path: /dev/stdout
"""


class MailRoom(Program):
    _why = ""

    def start(self, settings, folder):
        imap, security = settings["imap"], settings["imap"]["security"]
        self._log = Path(folder, "delivered.log")
        self._log.touch()
        self._read = self._log.stat().st_size
        config = Path(folder, "mail_room.yml")
        config.touch(mode=0o600)
        typed = {
            "email": settings["username"] or settings["email"],
            "password": settings["password"],
            "host": imap["host"],
            "port": imap["port"],
            "start_tls": security == "starttls",
            "idle_timeout": settings["pace"]["idle_s"],
        }
        trust = f"\n      :ca_file: {json.dumps(settings['ca_file'])}\n      :verify_mode: peer"
        lines = [f"    :{name}: {json.dumps(value)}" for name, value in typed.items()]
        lines.append(f"    :ssl: {trust if security == 'implicit-tls' else 'false'}")
        config.write_text(CONFIG.format(typed="\n".join(lines), log=self._log))
        return ["mail_room", "-c", str(config)]

    def heard(self, line):
        """A line of JSON for each of its actions."""
        if not line.startswith("{"):
            return
        said = json.loads(line)
        if said.get("action") == "Idling":
            yield {"state": "connected"}
        elif str(said.get("action", "")).startswith("Disconnected"):
            yield failing("disconnected", said.get("error", said["action"]))

    def complained(self, line):
        """A traceback begins with `file:line:in 'method': words (Class)`."""
        if crash := re.search(r": (.*) \((\w+(?:::\w+)*)\)$", line):
            self._why, self._class = crash[1], crash[2]
        return ()

    def delivered(self):
        """What it has logged since, from the beginning of a message to its end."""
        with self._log.open("rb") as log:
            log.seek(self._read)
            news = log.read()
        whole = news[: news.rfind(b"\n") + 1]
        self._read += len(whole)
        ids = re.findall(rb"^Message-ID:\s*(<[^>]*>)", whole, re.MULTILINE | re.IGNORECASE)
        return [each.decode() for each in ids]

    def ended(self, code, last):
        yield failing(self._class if self._why else f"exit-{code}", self._why or last)
        self._why = ""


serve(MailRoom())
