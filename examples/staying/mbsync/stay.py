"""mbsync, which is no daemon: run again and again, as by the timer that people give it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
from isync import mbsync
from manager import Maildir, Program, failing, serve


class Mbsync(Program):
    def start(self, settings, folder):
        if self.every_s is None:
            Path(folder, "mail").mkdir()
            self._mail = Maildir(Path(folder, "mail/inbox"))
        self.every_s = settings["pace"]["poll_s"]
        return mbsync(settings, folder)

    def delivered(self):
        return self._mail.news()

    def ended(self, code, last):
        if code == 0:
            yield {"state": "connected"}
        else:
            yield failing(f"exit-{code}", last)


serve(Mbsync())
