"""django-mailbox: its command `getmail`, run again and again as its documentation has cron do."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
from manager import Program, failing, serve

HERE = Path(__file__).parent
ADDED = "INSERT INTO django_mailbox_mailbox (id, name, uri, active) VALUES (1, 'life', ?, 1)"

SCHEMES = {"implicit-tls": "imap+ssl", "starttls": "imap+tls", "cleartext": "imap"}


class DjangoMailbox(Program):
    _database = None

    def start(self, settings, folder):
        imap = settings["imap"]
        self.every_s = settings["pace"]["poll_s"]
        if self._database is None:
            self._database = Path(folder, "database.sqlite3")
            self._told = set()
            places = [str(HERE), os.environ.get("PYTHONPATH", "")]
            os.environ["PYTHONPATH"] = os.pathsep.join(places)
            os.environ["DJANGO_SETTINGS_MODULE"] = "site_settings"
            os.environ["DATABASE"] = str(self._database)
            subprocess.run([sys.executable, "-m", "django", "migrate", "-v", "0"], check=True)
        name = quote(settings["username"] or settings["email"], safe="")
        password = quote(settings["password"], safe="")
        uri = f"{SCHEMES[imap['security']]}://{name}:{password}@{imap['host']}:{imap['port']}"
        with sqlite3.connect(self._database) as database:
            database.execute("DELETE FROM django_mailbox_mailbox")
            database.execute(ADDED, (uri,))
        return [sys.executable, "-m", "django", "getmail"]

    def delivered(self):
        with sqlite3.connect(self._database) as database:
            found = database.execute("SELECT message_id FROM django_mailbox_message ORDER BY id")
            ids = [each for (each,) in found]
        news = [each for each in ids if each not in self._told]
        self._told |= set(news)
        return news

    def ended(self, code, last):
        if code == 0:
            yield {"state": "connected"}
        else:
            yield failing(last.partition(":")[0], last.partition(":")[2].strip() or last)


serve(DjangoMailbox())
