"""IMAP: connected, and told of each new message once; when the connection is lost, made again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from email.parser import BytesHeaderParser
from typing import Final

from harness.checker.imap import ImapVisit, Selected
from harness.checker.visit import ClientLogin
from harness.contract.staying import Pace
from harness.stayer.account import NotIn, SharedAccount
from harness.stayer.known_messages import KnownMessages
from harness.stayer.outlook import Outlook
from harness.stayer.routine import Routine
from harness.taxonomy import Cause

LOOK_BACK: Final = 1000
"""So many of the newest messages are looked at where UIDs do not tell which are known."""
AT_ONCE: Final = 100
"""Of so many messages the heads are asked for in one command."""
_MERELY_DIED: Final[frozenset[Cause | None]] = frozenset(
    {"dropped", "timeout", "server-unavailable", "token-expired"}
)
"""The connection ended, or nothing came any more, or the server said that it shuts down, or that
the session has lasted as long as its token: all of this happens to a connection that stands for
weeks, and the next one may do. A token that is refused at its log-in is renewed there."""
LOSSES: Final = 3
"""After so many of them in a row, with no answer of INBOX between, it is a failure."""


class InboxRoutine(Routine):
    """INBOX, in IDLE (RFC 2177) where that is offered, else looked at again and again."""

    protocol = "imap"

    def __init__(
        self, account: SharedAccount, pace: Pace, outlook: Outlook, broke_down: Callable[[], None]
    ) -> None:
        super().__init__(account, pace, outlook, broke_down)
        self._known = KnownMessages()
        self._names = self._owner()
        self._selected = Selected(0, None)
        self._stands = False
        self._losses = 0
        self._idles = True

    def has_work(self) -> bool:
        return True

    def begin_anew(self) -> None:
        super().begin_anew()
        self._losses, self._idles = 0, True
        if self._names.isdisjoint(self._owner()):
            self._known = KnownMessages()
        self._names = self._owner()

    def work(self) -> None:
        """Connect, catch up with what came meanwhile, and stay until interrupted."""
        self._stands = False
        with self.account.visited("imap", ImapVisit, self._enter) as visit:
            self._catch_up(visit)
            self._stands = True
            if not self.interrupted:
                self.outlook.well("imap")
            while not self.interrupted:
                self._rest(visit)
                self._take_in_new(visit)
                self._losses = 0
                self.waits.forget()

    def after_failure(self, failed: NotIn) -> float | None:
        """A connection that stood and is gone is made again before anybody is told."""
        died = self._stands and failed.diagnosis.cause in _MERELY_DIED
        if died and self._losses < LOSSES:
            self._losses += 1
            return self.waits.after_loss()
        return super().after_failure(failed)

    def _owner(self) -> set[str]:
        """Whose mail it is: the same account may be typed with another user name, and may have
        moved to another server, where UIDVALIDITY tells (RFC 9051, 2.3.1.1)."""
        settings = self.account.settings
        return {settings.email.casefold(), settings.login.casefold()}

    def _enter(self, visit: ImapVisit, login: ClientLogin) -> None:
        visit.log_in(login)
        self._selected = visit.confirm()

    def _rest(self, visit: ImapVisit) -> None:
        """Until something happens, or it is time to ask whether the server is still there: one that
        went away without a word, as behind a router that forgot the connection, never says so. RFC
        2177 has the client end IDLE and begin anew at least every 29 minutes."""
        if self._idles and visit.offers_idle:
            self._idles = visit.idle(self.pace.idle_s, self.bell)
            return
        visit.connection.comes("confirm", self.pace.poll_s, self.bell)
        if not self.interrupted:
            visit.poll()

    def _catch_up(self, visit: ImapVisit) -> None:
        """What is in INBOX at the very first is not new; where its UIDs changed, what is not known
        by its `Message-ID` is."""
        exists, uidvalidity = self._selected
        if not self._known.hold(uidvalidity):
            began = self._known.began
            newest = f"{max(1, exists - LOOK_BACK + 1)}:{exists}"
            there = list(self._read(visit, visit.uids(newest))) if exists else []
            unknown = self._known.begin(uidvalidity, there)  # whole, or not at all
            for message_id in unknown if began else ():
                self.outlook.seen(message_id)
        self._take_in_new(visit)

    def _take_in_new(self, visit: ImapVisit) -> None:
        """Tell of what came since. `n:*` has the last message in it even where that is an older one
        (RFC 9051, 6.4.8)."""
        known = self._known
        after = visit.uids("UID", f"{known.highest + 1}:*")
        for uid, message_id in self._read(visit, [uid for uid in after if uid > known.highest]):
            known.add(uid, message_id)
            self.outlook.seen(message_id)

    def _read(self, visit: ImapVisit, uids: list[int]) -> Iterator[tuple[int, str]]:
        """The `Message-ID` of each of these messages."""
        for begin in range(0, len(uids), AT_ONCE):
            heads = visit.header_fields(uids[begin : begin + AT_ONCE], "MESSAGE-ID")
            for uid, head in heads.items():
                yield (
                    uid,
                    _message_id(head) or f"<{self._selected.uidvalidity}.{uid}@no-id.invalid>",
                )


def _message_id(head: bytes) -> str:
    """The field's value, which may be folded (RFC 5322, 2.2.3); empty where there is none."""
    value = BytesHeaderParser().parsebytes(head)["Message-ID"]
    return "".join(str(value or "").split())
