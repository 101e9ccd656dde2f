"""fetchmail as a daemon, with `--idle` or polling: `stay.py idle` or `stay.py poll`.

It polls at whole seconds, and waits in IDLE for 28 minutes at most: both are its own."""

import math
import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
from manager import Maildir, Program, failing, serve

CONFIG = """\
set daemon {daemon}
poll {host} protocol IMAP service {port} timeout {timeout} auth password
  user "{user}" password "{password}"
  mda "f=$(mktemp {mail}/tmp/XXXXXX) && cat > $f && mv $f {mail}/new/"
  keep {idle} {security}
"""
SECURITY = {
    "implicit-tls": 'ssl sslcertck sslcertfile "{ca}"',
    "starttls": 'sslproto "tls1.2+" sslcertck sslcertfile "{ca}"',
    "cleartext": 'sslproto ""',
}


class Fetchmail(Program):
    def __init__(self, idle):
        super().__init__()
        self._idle = idle
        self._failed = False
        self._why = ""

    def start(self, settings, folder):
        imap, mail = settings["imap"], Path(folder, "mail")
        self._mail = Maildir(mail)
        for _ in self._mail.news():
            pass  # of before
        config = Path(folder, "fetchmailrc")
        config.touch(mode=0o600)
        config.write_text(
            CONFIG.format(
                daemon=max(1, math.ceil(settings["pace"]["poll_s"])),
                host=imap["host"],
                port=imap["port"],
                timeout=max(1, math.ceil(settings["timeout_s"])),
                user=settings["username"] or settings["email"],
                password=settings["password"],
                mail=mail,
                idle="idle" if self._idle else "",
                security=SECURITY[imap["security"]].format(ca=settings["ca_file"]),
            )
        )
        os.environ["FETCHMAILHOME"] = folder
        # root's is one for all, wherever its home is
        alone = ["--pidfile", str(Path(folder, "fetchmail.pid"))]
        return ["fetchmail", "--nodetach", "--nosyslog", "-v", "-f", str(config), *alone]

    def heard(self, line):
        """`Query status=3 (AUTHFAIL)` is how a poll ended, where it has failed; it sleeps after
        each, and where it idles, a poll lasts for as long as it is connected."""
        said = line.removeprefix("fetchmail: ")
        if "poll started" in said:
            self._failed, self._why = False, ""
        elif status := re.match(r"Query status=\d+ \((\w+)\)", said):
            if status[1] != "NOMAIL":
                self._failed = True
                yield failing(status[1].lower(), self._why or said)
        elif re.match(r"IMAP> \S+ IDLE|sleeping at", said) and not self._failed:
            yield {"state": "connected"}

    def complained(self, line):
        self._why = line.removeprefix("fetchmail: ")
        return ()

    def delivered(self):
        return self._mail.news()


serve(Fetchmail(idle=sys.argv[1] == "idle"))
