"""SMTP: each message that is to go out goes out once; what fails is kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import localtime

from harness.checker.smtp import Email, SmtpVisit
from harness.contract.diagnosis import Diagnosis
from harness.contract.staying import Pace, ToSend
from harness.stayer.account import NotIn, SharedAccount
from harness.stayer.outlook import Outlook
from harness.stayer.routine import Routine
from harness.taxonomy.stages import SEND


class WrittenEmail(Email):
    """A message that somebody wrote in the product."""

    def __init__(self, sender: str, written: ToSend) -> None:
        super().__init__(sender, written.to, written.message_id)
        self._written = written

    def __bytes__(self) -> bytes:
        message = EmailMessage(SMTP.clone(utf8=self.international))
        message["From"] = self.sender
        message["To"] = self.recipient
        message["Subject"] = self._written.subject
        message["Date"] = localtime()
        message["Message-ID"] = self.message_id
        message.set_content(self._written.text, cte="quoted-printable")
        return bytes(message)


class OutboxRoutine(Routine):
    """Messages that wait to be sent, the oldest first; connected only as long as there are any."""

    protocol = "smtp"

    def __init__(
        self, account: SharedAccount, pace: Pace, outlook: Outlook, broke_down: Callable[[], None]
    ) -> None:
        super().__init__(account, pace, outlook, broke_down)
        self._waiting: deque[ToSend] = deque()
        self._refused: list[ToSend] = []

    def add(self, message: ToSend) -> None:
        """This is to be sent; from another thread."""
        self._waiting.append(message)
        self.bell.ring()

    def has_work(self) -> bool:
        return bool(self._waiting) and not self.outlook.refuses_us

    def begin_anew(self) -> None:
        super().begin_anew()
        self._waiting.extendleft(reversed(self._refused))
        self._refused.clear()

    def work(self) -> None:
        """Send what waits. Once the end of the data is accepted, the message is the server's (RFC
        5321, 4.1.1.4), whatever becomes of the connection."""
        with self.account.visited("smtp", SmtpVisit, SmtpVisit.log_in) as visit:
            while self._waiting and not self.interrupted:
                visit.send(WrittenEmail(self.account.settings.email, self._waiting[0]))
                sent = self._waiting.popleft()
                self.waits.forget()
                self.outlook.sent(sent.message_id)
                self.outlook.well("smtp")

    def after_failure(self, failed: NotIn) -> float | None:
        """A message that is refused for good is put aside until settings are typed anew, and does
        not keep others waiting."""
        diagnosis = failed.diagnosis
        again_s = super().after_failure(failed)
        if diagnosis.stage not in SEND or again_s is not None:
            return again_s
        message = self._waiting.popleft()
        if not _may_have_been_sent(diagnosis):
            self._refused.append(message)
        return 0.0  # for the next one, if there is one


def _may_have_been_sent(diagnosis: Diagnosis) -> bool:
    """The connection was lost between the end of the data and the reply to it. Servers that relay
    send such a message again (RFC 1047; RFC 5321, 4.5.3.2.6), and it may arrive twice. A person can
    look, and decide: so it is told of, and not sent again, whatever happens."""
    return diagnosis.stage == "smtp-end-of-data" and diagnosis.evidence.reply_code is None
