"""Through one dialogue, command by command: at which stage it is, and what was refused there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from fakeservers.files.patterns import kept_regex
from harness.reproducing.dialogue import ENDINGS, Dialogue, Ending, Utterance
from harness.reproducing.forms.grammar import CODE_OF_LOGIN, from_client, from_server
from harness.taxonomy import Protocol, Stage

_SMTP_STAGES: Final[dict[str, Stage]] = {
    "EHLO": "smtp-ehlo",
    "HELO": "smtp-ehlo",
    "LHLO": "smtp-ehlo",
    "STARTTLS": "smtp-starttls",
    "AUTH": "smtp-login",
    "MAIL": "smtp-mail",
    "RCPT": "smtp-rcpt",
    "DATA": "smtp-data",
    "BDAT": "smtp-end-of-data",
    # What PHPMailer calls what it sends (its SMTP.php, sendCommand).
    "DATA END": "smtp-end-of-data",
    "USERNAME": "smtp-login",
    "PASSWORD": "smtp-login",
    "USER & PASSWORD": "smtp-login",
}
_IMAP_STAGES: Final[dict[str, Stage]] = {
    "STARTTLS": "imap-starttls",
    "LOGIN": "imap-login",
    "AUTHENTICATE": "imap-login",
}
_CUT: Final = ("imap-greeting", "imap-login")
"""Where a log ends, or begins, that has no more of a refusal than its untagged lines."""
_BEFORE: Final = ("smtp-greeting", "smtp-starttls")
"""Where no log-in is refused."""
_ANYWHERE: Final = ("CAPABILITY", "NOOP", "ID", "LOGOUT", "ENABLE", "QUIT", "RSET", "HELP", "VRFY")
_WAITED_FOR: Final = ("EHLO", "HELO", "LHLO", "AUTH", "STARTTLS", "DATA", "BDAT", "QUIT")
"""What a client that sends several commands at once sends last (RFC 2920, 3.1)."""
_OTHER_COMMAND: Final = kept_regex(
    r"(?:X[A-Z0-9-]{3,}|[AE]TRN|BURL|EXPN|HELP|VRFY)(?: |$)"
    r"|(?:MAIL|RCPT|AUTH|EHLO|HELO|BDAT)(?: FROM| TO)?:?$"
)
"""Extensions, and commands of which only the word is told."""
_LEAVING: Final = ("LOGOUT", "QUIT")
_TAGGED: Final = kept_regex(r"(?P<tag>[A-Za-z0-9._{}-]{1,24}) (?P<status>OK|NO|BAD)\b")
_COMMAND: Final = kept_regex(r"(?P<tag>[A-Za-z0-9._-]{1,24}) (?P<command>[A-Za-z]+)")
_SAYS_NO: Final = kept_regex(r"\* (?:NO|BAD)\b")
_OF_LOGIN: Final = kept_regex(
    r"\S+ NO \[(?:AUTHENTICATIONFAILED|AUTHORIZATIONFAILED|EXPIRED|PRIVACYREQUIRED)\]"
)
"""What no other command is answered (RFC 5530, 3)."""
_WORTH_KEEPING: Final = kept_regex(r"\* (?:OK|NO|BAD|BYE|PREAUTH)\b")


@dataclass
class Refusal:
    """What the server said to a command that failed; no lines: nothing. `command`: the last word
    of the client's. `ended`: how the connection ended then."""

    stage: Stage
    protocol: Protocol
    command: str
    lines: list[str]
    ended: Ending | None = None


@dataclass
class Walk:
    """See the module's docstring. `refusals`: those that no later success made up for."""

    protocol: Protocol
    refusals: list[Refusal] = field(default_factory=list)
    stage: Stage | None = None
    """Where the dialogue stands; None: at a command that is of no stage."""
    done: list[Stage] = field(default_factory=list)
    _command: str = ""
    _answer: list[str] = field(default_factory=list)
    _tags: dict[str, tuple[Stage | None, str]] = field(default_factory=dict)
    _answered_tags: set[str] = field(default_factory=set)
    _pending: list[tuple[Stage | None, str]] = field(default_factory=list)
    """Commands of SMTP that have no reply yet."""
    _leaves_out: bool = False
    """The log has not all replies."""
    _more: str = ""
    """`334`, `354` or `+`: what the client sends now is not a command."""
    _answered: bool = False

    def __post_init__(self) -> None:
        self.stage = "imap-greeting" if self.protocol == "imap" else "smtp-greeting"

    def follow(self, dialogue: Dialogue) -> None:
        for line in dialogue.said:
            self._step(line)
        if self.protocol == "smtp" and self._answer:  # the log is cut
            self._smtp_reply()
        elif self.stage in _CUT and any(map(_SAYS_NO.match, self._answer)):
            self._refused(self._answer)

    def _step(self, line: Utterance) -> None:
        if line.direction == "C":
            self._asked(line.text)
        elif line.text == "suppressed":
            self._hid()
        elif line.direction == "*" and (how := ENDINGS.get(line.text)):
            self._ended(how)
        elif line.direction == "S" and self.protocol == "smtp":
            self._smtp_line(line.text)
        elif line.direction == "S":
            self._imap_line(line.text)

    def _asked(self, text: str) -> None:
        if self.protocol == "smtp" and text == ".":  # the log may begin in the midst of the data
            self._more = "354"
        if self._more == "354":
            return
        if self._more and not (self.protocol == "smtp" and from_client(text) == "smtp"):
            return
        self._more = ""
        if self.protocol == "smtp":
            if text.upper() in _SMTP_STAGES:
                self._asks(text.upper())
            elif from_client(text) == "smtp" or _OTHER_COMMAND.match(text):
                self._asks(re.split(r"[ :]", text)[0].upper())
        elif found := _COMMAND.match(text):
            self._asks(found["command"].upper(), found["tag"])

    def _hid(self) -> None:
        """A part of a log-in was left out, perhaps all of it."""
        if self._more or self._command in ("AUTH", "LOGIN", "AUTHENTICATE"):
            return
        self._asks("AUTH" if self.protocol == "smtp" else "LOGIN")

    def _asks(self, command: str, tag: str = "") -> None:
        self._answered = False
        self._answer.clear()
        if self.protocol == "smtp":
            self._waits_for(command)
        else:
            self._command = command
            after = None if command in _ANYWHERE else "imap-confirm"
            self.stage = _IMAP_STAGES.get(command, after)  # type: ignore[arg-type]
            self._tags[tag] = (self.stage, command)

    def _waits_for(self, command: str) -> None:
        """A command joins those that wait, or shows that the log leaves replies out."""
        if self._pending and self._pending[-1][1] in _WAITED_FOR:
            self._pending.clear()
            self._leaves_out = True
        stage = _SMTP_STAGES.get(command)
        if self._pending and self._pending[-1] == (stage, command) and command != "RCPT":
            return  # the same once more, at another level of the log
        self._pending.append((stage, command))
        if len(self._pending) == 1 or self._leaves_out:
            self.stage, self._command = stage, command

    def _smtp_line(self, text: str) -> None:
        if from_server(text) != "smtp":
            if self.stage == "smtp-greeting" and not self.done:
                self._refused([text])  # another service
            return
        self._answer.append(text)
        if text[3:4] != "-":
            self._smtp_reply()

    def _smtp_reply(self) -> None:
        code = self._answer[-1][:3]
        lines, self._answer = self._answer, []
        ended, self._more = self._more == "354", code if code in ("334", "354") else ""
        self._answered = not self._more
        if code == "334":
            return
        if ended:
            self.stage = "smtp-end-of-data"
        elif self._pending:
            last = len(self._pending) - 1 if self._leaves_out else 0
            self.stage, self._command = self._pending[last]
            del self._pending[: last + 1]
        if code == "354":
            return
        if self.stage in _BEFORE and CODE_OF_LOGIN.fullmatch(code):
            # The log has not the command.
            self.stage = "smtp-login"
        if code[:1] in "45":
            self._refused(lines)
        elif code[:1] == "2":
            self._succeeded(self.stage)

    def _imap_line(self, text: str) -> None:
        if self.stage == "imap-greeting" and from_server(text) != "imap" and not self.done:
            self._refused([text])  # another service
            return
        if text.startswith("+"):
            self._more = "+"
            return
        found = _TAGGED.match(text)
        if text.startswith("* BYE"):
            self._bye(text)
        elif found and found["tag"] != "*":
            tag = found["tag"]
            if self._command and tag not in self._tags:
                if tag not in self._answered_tags and _OF_LOGIN.match(text):
                    self.stage, self._command = "imap-login", "LOGIN"  # the log has not the command
                elif self._answered:
                    return  # once more what is answered already: the first says why
            self._more, self._answered = "", True
            self.stage, self._command = self._tags.pop(tag, (self.stage, self._command))
            self._answered_tags.add(tag)
            lines, self._answer = [*self._answer, text], []
            if found["status"] == "OK" and self.stage != "imap-greeting":
                self._succeeded(self.stage)
            elif found["status"] == "OK":
                return  # to a command from before the log begins
            else:
                self._refused(lines)
        elif _SAYS_NO.match(text) or (self.stage != "imap-greeting" and _WORTH_KEEPING.match(text)):
            self._answer.append(text)

    def _bye(self, text: str) -> None:
        if self._command in _LEAVING:
            return
        if self._answered and self.refusals and self.refusals[-1].command == self._command:
            self.refusals[-1].lines.append(text)
            self.refusals[-1].ended = "closed"
            return
        lines, self._answer = [*self._answer, text], []
        self._refused(lines)
        if self.refusals:
            self.refusals[-1].ended = "closed"
        self._answered = True

    def _refused(self, lines: list[str], ended: Ending | None = None) -> None:
        if self.stage is None and self.protocol == "imap" and "imap-login" not in self.done:
            self.stage = "imap-greeting" if lines and lines[-1].startswith("* BYE") else None
        if self.stage is not None:
            self.refusals.append(Refusal(self.stage, self.protocol, self._command, lines, ended))

    def _succeeded(self, stage: Stage | None) -> None:
        if stage is not None:
            self.done.append(stage)
            self.refusals = [each for each in self.refusals if each.stage != stage]

    def _ended(self, how: Ending) -> None:
        if self._command in _LEAVING:
            return
        if self._more == "354":
            self.stage, self._more = "smtp-end-of-data", ""
        silent = not self._answered and self.stage not in self.done
        if silent and self.stage is not None and not (self.refusals and not self._tags):
            lines, self._answer = self._answer, []
            self._refused(lines, how)
            self._answered = True
        elif self.refusals and self.refusals[-1].ended is None and how != "timeout":
            self.refusals[-1].ended = how


def refusals(dialogue: Dialogue) -> Iterator[Refusal]:
    """What was refused in a dialogue, in order."""
    if dialogue.protocol is not None:
        walk = Walk(dialogue.protocol)
        walk.follow(dialogue)
        yield from walk.refusals
