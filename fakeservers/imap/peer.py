"""Who is at the other end of an IMAP connection: the state it is in (RFC 3501, section 3), what it
has been told of, and how it is answered. The commands themselves are elsewhere."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sized
from typing import Literal

from fakeservers.conversation import Conversation
from fakeservers.evidence import FetchedMessage
from fakeservers.imap.capabilities import after_login, before_login
from fakeservers.imap.engine import ImapEngine
from fakeservers.imap.grammar.arguments import BadArguments
from fakeservers.imap.grammar.reader import LOGIN_COMMANDS, CommandReader, TaggedCommand
from fakeservers.imap.grammar.strings import astring, encode_name, quoted
from fakeservers.imap.view import View
from fakeservers.sasl import Credentials
from fakeservers.script import Event
from fakeservers.store import Folder, StoredAccount
from fakeservers.wire.connection import ConnectionClosed
from fakeservers.wire.turns import Turns

State = Literal["unauth", "auth", "select"]

LITERAL_LIMIT_BYTES = 65536
"""The longest command with all its literals, but for APPEND (as Dovecot has it:
imap_max_line_length)."""
APPEND_LIMIT_BYTES = 64 * 1024 * 1024
"""The longest APPEND with all its messages, unless one message may be longer."""
STEPS_PER_MESSAGE = 0.1
"""How much work it is to do something short with a message, or with one thing about it."""
NOWHERE = "no-such-mailbox-try-create"
_GONE = {"deleted": "mailbox-deleted-bye", "renewed": "uid-validity-changed-bye"}
"""What ends a connection that has a mailbox selected of which this has become."""
_NUMBERS_STAY = ("FETCH", "STORE", "SEARCH", "SORT", "THREAD")


class NotPossible(Exception):
    """The command is well-formed; the dialect's reply of this name, a NO, is the answer to it."""

    def __init__(self, reply: str) -> None:
        super().__init__(reply)
        self.reply = reply


class Peer:
    """The client of one connection; how its literals are taken is decided here too
    (`reader.LiteralPolicy`)."""

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self.reader = CommandReader(conversation.connection)
        conversation.read_response = self.response
        self.side = conversation.behaves_as.side("imap")
        self.engine: ImapEngine | None = None
        self.condstore = False
        """Whether the client wants modification sequences (RFC 7162, 3.1)."""
        self.objections = 0
        """How many commands could not even be run, see `ImapBehaviour`."""
        self.capability_asked = False
        """Whether the client has asked for them before its log-in, though it did not have to, as it
        does after STARTTLS (RFC 3501, 6.2.1)."""

    @property
    def turns(self) -> Turns:
        """To be told of work that may be long."""
        return self.conversation.connection.turns

    @property
    def state(self) -> State:
        if self.engine is None:
            return "unauth"
        return "select" if self.engine.view else "auth"

    @property
    def view(self) -> View | None:
        """The selected mailbox, if one is selected."""
        return self.engine.view if self.engine else None

    @property
    def selected(self) -> View:
        """The selected mailbox, where the state says that there is one."""
        assert self.view
        return self.view

    @property
    def account(self) -> StoredAccount:
        """Whose mail it is, where the state says that someone has logged in."""
        assert self.conversation.account
        return self.conversation.account

    def folder(self, name: str, otherwise: str = "no-such-mailbox") -> Folder:
        """The mailbox of that name. Raises NotPossible where there is none that holds messages."""
        folder = self.account.folder(name)
        if folder is None or not folder.selectable:
            raise NotPossible(otherwise)
        return folder

    def require(self, chosen: Sized, command: TaggedCommand) -> None:
        """Raises NotPossible where a dialect that passes over message numbers that there are not
        has none left."""
        passed_over = self.side.behaviour.missing_messages == "passed-over"
        if passed_over and not chosen and not command.by_uid:
            raise NotPossible("no-messages")

    @property
    def capabilities(self) -> list[str]:
        """What is offered in the present state."""
        if self.engine:
            return after_login(self.conversation.service, self.side)
        tls_active = self.conversation.connection.tls_active
        return before_login(self.conversation.service, self.side, tls_active=tls_active)

    def offered(self, *names: str) -> bool:
        """Whether one of these capabilities is offered in the present state."""
        return any(name.upper() in names for name in self.capabilities)

    @property
    def objections_end(self) -> bool:
        """Whether one more line that is no command is one too many."""
        limits = self.side.behaviour
        before, after = limits.bad_commands_before_login, limits.bad_commands_after_login
        return self.objections >= (after if self.engine else before)

    def begin(self, account: StoredAccount) -> None:
        """Someone has logged in."""
        self.side = self.conversation.behaves_as.side("imap")
        self.engine = ImapEngine(account)
        self.objections = 0

    async def answer(self, name: str, command: TaggedCommand, text: str = "") -> None:
        """End a command with the dialect's reply of this name, and before it what is new in the
        selected mailbox."""
        news_at = self.side.behaviour.news_at
        if news_at is None or command.full_name.rpartition(" ")[2] in news_at:
            await self.tell_news(expunges=command.name not in _NUMBERS_STAY)
        await self.refuse(name, command, text)

    async def answer_with_uids(self, name: str, command: TaggedCommand, uids: str) -> None:
        """An OK that carries UIDs where UIDPLUS is offered, else a plain one."""
        await self.answer(name if uids and self.offered("UIDPLUS") else "ok", command, uids)

    async def refuse(
        self, name: str, command: TaggedCommand, text: str = "", *circumstances: str
    ) -> None:
        """The reply alone."""
        await self.conversation.reply(
            name,
            *circumstances,
            tag=command.tag,
            command=command.full_name,
            mailbox=command.mailbox,
            capabilities=" ".join(self.capabilities),
            text=text,
            verb=command.name.capitalize(),
        )

    def written(self, mailbox: str) -> bytes:
        """A mailbox's name as it goes on the wire."""
        name = encode_name(mailbox)
        return astring(name) if self.side.behaviour.bare_names else quoted(name)

    async def tell_selected(self) -> None:
        """The untagged responses to SELECT and EXAMINE (RFC 3501, 6.3.1)."""
        view = self.selected
        unseen = view.first_unseen()
        counts = {"exists": str(len(view.messages)), "recent": str(view.recent_count)}
        if self.side.behaviour.counts_first:
            await self.conversation.reply("select-counts", **counts)
        await self._tell_flags()
        await self.conversation.reply(
            "select-data",
            **counts,
            unseen=str(unseen) if unseen else None,
            uidvalidity=str(view.folder.uid_validity),
            uidnext=str(view.folder.uid_next),
        )

    async def enable_condstore(self, command: TaggedCommand) -> None:
        """From the first command that shows that the client knows CONDSTORE on, changes are told
        with their modification sequences, and that of the mailbox at once (RFC 7162, 3.1)."""
        if self.condstore:
            return
        self.condstore = True
        if self.view:
            self.view.use_condstore()
            await self.tell_highest_modseq(command)

    async def tell_highest_modseq(self, command: TaggedCommand) -> None:
        """HIGHESTMODSEQ (RFC 7162, 3.1.2.1)."""
        await self.refuse("highest-modseq", command, str(self.selected.folder.highest_modseq))

    async def tell_new_keywords(self) -> None:
        """Which flags there are, where some are new: keywords come before their first use."""
        if self.view and self.view.has_new_keywords:
            await self._tell_flags()

    async def _tell_flags(self) -> None:
        keywords = self.selected.keywords()
        await self.conversation.reply(
            "flags",
            *([] if self.selected.writable else ["read-only"]),
            keywords="".join(f" {each}" for each in keywords),
            keywords_first="".join(f"{each} " for each in keywords),
        )

    async def tell_news(self, *, expunges: bool) -> None:
        """Untagged responses for what changed in the selected mailbox, if anything did."""
        await self.tell_new_keywords()
        if self.view:
            await self.tell(self.view.news(expunges=expunges))

    async def end_if_gone(self) -> None:
        """End the connection where the selected mailbox is not there any more, or is another one.

        So does Dovecot at its next look at the mailbox, in IDLE at once
        (dovecot/core@f28b5a92:src/imap/imap-sync.c, `imap_sync_finish`), and Cyrus where it is told
        to (`disconnect_on_vanished_mailbox`); RFC 2180, 3.3, has it for deleted ones.
        """
        if self.view and self.view.folder.gone:
            await self.conversation.reply(_GONE[self.view.folder.gone])

    async def tell(self, lines: list[bytes]) -> None:
        """Untagged responses."""
        if lines:
            written = b"".join(b"* " + line + b"\r\n" for line in lines)
            await self.conversation.connection.write(written)

    def handed_out(self, message_id: str, *, whole: bool) -> None:
        """Record that something of a message was sent; `whole`: see FetchedMessage."""
        conversation = self.conversation
        number, now = conversation.connection.transcript.number, time.monotonic()
        conversation.evidence.handed_out(
            FetchedMessage(conversation.name, number, message_id, whole, now)
        )

    @contextlib.contextmanager
    def idling(self) -> Iterator[None]:
        """Around the time in which the client is in IDLE."""
        conversation = self.conversation
        conversation.idles = True
        conversation.evidence.idle_began(conversation.connection.transcript)
        try:
            yield
        finally:
            conversation.idles = False

    async def close(self, why: str) -> None:
        """End the connection from the server's side. Always raises ConnectionClosed."""
        await self.conversation.connection.close()
        raise ConnectionClosed(why)

    def literal_refusal(
        self, command: TaggedCommand, size: int, *, before: int, synchronizing: bool
    ) -> str:
        ahead = self.offered("LITERAL+") or (self.offered("LITERAL-") and size <= 4096)
        if not synchronizing and not ahead:
            return "bad-arguments"
        appending = command.name == "APPEND" and self.engine is not None
        if not appending:
            return "literal-too-large" if before + size > LITERAL_LIMIT_BYTES else ""
        if self._appends_nowhere(command):
            return NOWHERE
        limit = self.conversation.service.max_message_bytes
        too_large = size > limit or before + size > max(limit, APPEND_LIMIT_BYTES)
        return "literal-too-large" if too_large else ""

    def _appends_nowhere(self, command: TaggedCommand) -> bool:
        """Whether APPEND names a mailbox that is not there: it is refused without its message."""
        try:
            return self.account.folder(command.arguments().mailbox()) is None
        except BadArguments:
            return False

    async def go_ahead(self, command: TaggedCommand) -> None:
        await self.refuse("literal-go-ahead", command)

    async def continued(self, command: TaggedCommand, mechanism: str = "") -> bool:
        """The client has sent what it was asked for; True: a rule answered."""
        name, _ = command.for_rules
        event = Event("continuation", command=name, tag=command.tag, mechanism=mechanism)
        return await self.asked(event)

    async def asked(self, event: Event, told: Credentials | None = None) -> bool:
        """Ask the script about a command, or the middle of one; True: a rule answered.

        `told`: the credentials that the command tells.
        """
        if event.command not in LOGIN_COMMANDS:
            return await self.conversation.happens(event)
        answered = await self.conversation.logs_in(event, told)
        if answered and self.conversation.account and self.engine is None:
            self.begin(self.conversation.account)
        return answered

    async def response(self) -> bytes:
        """The line that answers a challenge."""
        return await self.reader.line()
