"""The command loop: cuts a line, refuses what is no command, has the rest done, words the reply."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence

from fakeservers.conversation import Conversation
from fakeservers.dialects.behaviour import ErrorLimit, SmtpBehaviour
from fakeservers.files.patterns import kept_regex
from fakeservers.script import Event
from fakeservers.smtp.commands import HANDLERS, Commands
from fakeservers.smtp.paths import KEYWORDS, SmtpLine
from fakeservers.smtp.reader import LONGEST_LINE, Lines
from fakeservers.wire.connection import ConnectionClosed

LINE_LIMITS = {"MAIL": 1230, "RCPT": 1050, "VRFY": 522, "EXPN": 522, "AUTH": LONGEST_LINE}
"""Where extensions allow more than `SmtpBehaviour.line_limit`: SIZE 26, BODY 17, SMTPUTF8 10,
AUTH= 500 (RFCs 1870, 6152, 6531, 4954); RET, ENVID about 165, NOTIFY and ORCPT 528 (RFC 3461)."""

UTF8_VERBS = ("MAIL", "RCPT", "VRFY")
"""The commands whose argument may hold bytes over 127 (RFC 6531, section 3.4)."""

_CONTROL = kept_regex(r"[\x01-\x08\x0a-\x1f\x7f]")


async def serve(conversation: Conversation) -> None:
    """Serve one connection from the greeting to its end.

    Raises ConnectionClosed at the end; anything else is a fault of the harness.
    """
    answered = await conversation.happens(Event("greeting"))
    if not answered:
        await conversation.reply("greeting")
    adapter = _Adapter(conversation, refuses=answered and conversation.rule_said[:1] == b"5")
    while True:
        await adapter.next_command()


class ErrorCount:
    """The errors of one connection, counted for each of `SmtpBehaviour.error_limits`."""

    def __init__(self, limits: Sequence[ErrorLimit]) -> None:
        self.limits = limits
        self._counts = [0] * len(limits)

    def count(self, name: str, command: str, reply: bytes) -> ErrorLimit | None:
        """Count a reply to a command, if it is an error; the limit that ends the connection."""
        general = name.partition("@")[0]
        names = {name, general, f"{general}@{command}"}
        reached: ErrorLimit | None = None
        for number, limit in enumerate(self.limits):
            counts = (
                reply[:1] in (b"4", b"5")
                if limit.of is None
                else bool(names.intersection(limit.of))
            )
            self._counts[number] += counts
            over = self._counts[number] > limit.allowed - (limit.said == "afterwards")
            if counts and over and reached is None:
                reached = limit
        return reached


class _Adapter:
    """One connection, one command after the other: input waits while one is at work.

    `refuses`: the greeting said that there is no service here; what is left is to QUIT (RFC 5321,
    section 3.1).
    """

    def __init__(self, conversation: Conversation, *, refuses: bool) -> None:
        self._conversation = conversation
        self._refuses = refuses
        self._lines = Lines(conversation.connection)
        self._commands = Commands(conversation, self._lines)
        self._errors = ErrorCount(self._behaviour.error_limits)

    @property
    def _behaviour(self) -> SmtpBehaviour:
        return self._conversation.behaves_as.side("smtp").behaviour

    async def next_command(self) -> None:
        await self._conversation.connection.turns.work()
        line = await self._lines.line()
        command = SmtpLine("", "") if line is None else SmtpLine(*_split(line))
        command.words["command"] = command.verb
        if name := await self._answer(line, command):
            await self._say(name, command.words)

    async def _answer(self, line: bytes | None, command: SmtpLine) -> str | None:
        """The reply to a line, by its name; rules are asked before anything is objected to."""
        wrong = self._no_command(line, command)
        early = self._behaviour.pipelining_refused and self._lines.more_is_there
        if early and wrong != "line-too-long":
            self._lines.drop()
            wrong = "pipelined"
        if wrong and command.verb not in HANDLERS:
            return None if await self._conversation.happens(Event("no-command")) else wrong
        if self._refuses and command.verb != "QUIT":
            wrong = wrong or "bad-sequence-mail"
        return await self._commands.perform(command, wrong)

    def _no_command(self, line: bytes | None, command: SmtpLine) -> str | None:
        """Why these bytes are no command, by the name of the reply that says so; None for `line`
        stands for more than any line may have."""
        verb, argument = command.verb, command.argument
        most = max(self._behaviour.line_limit, LINE_LIMITS.get(verb, 0))
        if line is None or len(line) > most:
            return "line-too-long"
        if not line.strip():
            return "unknown-command@empty"
        if b"\0" in line:
            return "unknown-command@nul"
        if not _is_utf8(line):
            return "unknown-command@unreadable"
        if verb not in HANDLERS and self._is_forbidden(verb):
            return "unknown-command@forbidden"
        whole = not self._behaviour.whole_commands or _is_whole(line, verb)
        known_argument = argument.isascii() or verb in UTF8_VERBS
        return None if verb and known_argument and whole else "unknown-command"

    def _is_forbidden(self, verb: str) -> bool:
        return any(fnmatch.fnmatchcase(verb, one) for one in self._behaviour.forbidden_commands)

    async def _say(self, name: str, words: dict[str, str]) -> None:
        """The reply, and the end of the connection where that was one error too many."""
        if self._errors.limits is not self._behaviour.error_limits:  # another server's by now
            self._errors = ErrorCount(self._behaviour.error_limits)
        if not self._behaviour.error_limits:
            return await self._conversation.reply(name, **words)
        reply = self._conversation.text(name, **words)
        limit = self._errors.count(name, words["command"], reply)
        if limit is None or limit.said == "afterwards":
            await self._conversation.reply(name, **words)
        elif limit.said == "as-well":
            last = reply.splitlines()[-1]
            begun = reply[: -len(last) - 2] + last[:3] + b"-" + last[4:] + b"\r\n"
            code = last[:3]  # all lines of a reply have one (RFC 5321, section 4.2.1)
            text = self._conversation.text(limit.reply, **words)
            await self._conversation.connection.write(begun + code + text[3:])
        if limit and limit.said != "as-well":
            await self._conversation.reply(limit.reply, **words)
        if limit:
            await self._conversation.connection.close()
            raise ConnectionClosed("too many errors")


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_whole(line: bytes, verb: str) -> bool:
    """Whether the line begins with the command's whole name (`SmtpBehaviour.whole_commands`)."""
    name = f"{verb} {KEYWORDS[verb]}" if verb in KEYWORDS else verb
    return line.upper().startswith(name.encode())


def _split(line: bytes) -> tuple[str, str]:
    """Verb, in upper case, and argument; no verb where these bytes are no command at all."""
    try:
        text = line.decode("utf-8").strip(" \t\r\n")
    except UnicodeDecodeError:
        return "", ""
    verb, argument = (*re.split("[ \t]+", text, maxsplit=1), "")[:2]
    if _CONTROL.search(text) or not verb.isascii():
        return "", ""
    return verb.upper(), argument
