"""One connection as a protocol adapter sees it: the wire, the script, the words, the accounts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import replace

from fakeservers.actions import Action, Answered
from fakeservers.dialects.dialect import Dialect, dialect_protocol
from fakeservers.dialects.sides import AnyReply, Reply
from fakeservers.dialects.template import Words
from fakeservers.evidence import (
    AcceptedMessage,
    Evidence,
    LoginAttempt,
    LoginOutcome,
    TokenOutcome,
    TokenRequest,
)
from fakeservers.sasl import MECHANISMS, Credentials, Exchange, SaslError, decode_initial
from fakeservers.scene import EventScene, FilledWords, Host, tells_ok, tells_success
from fakeservers.script import Event, Script, Situation
from fakeservers.spec import OAuthClient, PasswordKind, Scope, Service
from fakeservers.store import Accounts, StoredAccount
from fakeservers.wire.connection import Connection, ConnectionClosed
from fakeservers.wire.disclosure import said_command, said_mechanism
from fakeservers.wire.transcript import Step

HOSTNAME = "mail.example.test"
"""What every fake calls itself; its certificate names the loopback addresses instead."""


class Conversation:
    """What an adapter is given to serve one connection; see the methods.

    `read_response`: the adapter's way to read the line that answers a challenge, without its end.
    Raises Answered where there is none to be had and the client was told so.
    """

    hostname = HOSTNAME
    read_response: Callable[[], Awaitable[bytes]]

    def __init__(
        self, connection: Connection, mailbox: Host, name: str, dialect: Dialect, script: Script
    ) -> None:
        self.connection = connection
        self.name = name
        self.dialect = dialect
        """How it is worded now."""
        self.behaves_as = dialect
        """The dialect of what its server does rather than says: as it was when it connected."""
        self._offered: Dialect | None = None
        self.because = ""
        """Why a log-in is refused, where there is more to say than the dialect does."""
        self.account: StoredAccount | None = None
        """Who is logged in."""
        self._logged_in_by: PasswordKind | None = None
        self.idles = False
        """Whether it is in IDLE (RFC 2177)."""
        self.refusal = "bad-credentials"
        """The named reply to the last log-in, where it was refused, with its circumstances."""
        self._mailbox = mailbox
        self._script = script
        self._step = Step("connect")

    @property
    def service(self) -> Service:
        """The service's settings as they are now (a remedy, or a life, may change them)."""
        return self._mailbox.spec.services[self.name]

    @property
    def accounts(self) -> Accounts:
        return self._mailbox.accounts

    @property
    def evidence(self) -> Evidence:
        return self._mailbox.evidence

    @property
    def oauth_client(self) -> OAuthClient:
        """The application that may ask for tokens."""
        return self._mailbox.spec.oauth_client

    async def meets(self, username: str) -> bool:
        """The client has told its user name: where that chooses among mailboxes, go on at that one.
        Whether it was chosen now."""
        return await self._mailbox.choose(self, username)

    def move(self, mailbox: Host, name: str, dialect: Dialect, script: Script) -> None:
        """Go on at this mailbox, at the service of that name. What was offered inside TLS stays."""
        self._mailbox, self.name, self._script = mailbox, name, script
        if self.connection.tls_active or self.service.security == "cleartext":
            self._offered = self._offered or self.dialect
        self.dialect = self.behaves_as = dialect

    async def happens(self, event: Event) -> bool:
        """Ask the script. True: a rule answered, say nothing more for this event. False: behave
        as usual. Raises ConnectionClosed where a rule ended the connection."""
        self.came_to(event)
        if not self._script.concerns(event):
            return False
        decided = self._script.decide(event, self._situation(event))
        if decided is None:
            return False
        label, rule = decided
        self.fired(label, event)
        scene = EventScene(self, event, rule.when.connections)
        try:
            for action in rule.then:
                await action.perform(scene)
        except Answered:
            return True
        return any(action.answers for action in rule.then)

    async def logs_in(self, event: Event, told: Credentials | None = None) -> bool:
        """`happens`, at a command that logs in or in the middle of it; a log-in that the rule says
        yes to has succeeded, as in `login`.

        `told`: the credentials that the command tells by itself. Where a rule answers it they
        were sent all the same, and that is recorded.
        """
        account = None
        if told:
            await self.meets(told.username)
            event, account = self._told(event, told)
        answered = True
        try:
            answered = await self.happens(event)
            if answered:
                self._take_as_said(event, account)
        finally:
            if answered and told:
                self._record_login(event, "answered")
        return answered

    def _told(self, event: Event, told: Credentials) -> tuple[Event, StoredAccount | None]:
        """The event with what these credentials say, and the account that they open."""
        for word in (told.username, told.secret):
            self.connection.transcript.learn(word)
        username = self.accounts.known_as(told.username)
        password, account = self.accounts.check(username, told.secret, kind=told.kind)
        if told.secret in self.oauth_client.secrets:
            password = "client-secret"
        return replace(event, username=username, password=password), account

    def _take_as_said(self, event: Event, account: StoredAccount | None) -> None:
        """A rule has answered a log-in. Where it said yes, somebody is logged in, whatever the
        password: who gave it, else the account of that name, else the main one."""
        if tells_success(self.service.protocol, self.rule_said, event.tag):
            named = self.accounts.named(event.username)
            self.account = account or named or self.accounts.account

    def came_to(self, event: Event) -> None:
        """Record the event; of those that no rule is asked about, adapters tell it themselves."""
        self._step = self.connection.transcript.came_to(
            Step(
                event.name,
                said_command(event.command),
                said_mechanism(event.mechanism),
                tls=self.connection.tls_active,
                logged_in=self.account is not None,
            )
        )

    @property
    def offers(self) -> Dialect:
        """The dialect of what was offered before the log-in."""
        return self._offered or self.dialect

    @property
    def rule_said(self) -> bytes:
        """The beginning of what has been said since the last event."""
        return bytes(self._step.said)

    async def strike(self, actions: Sequence[Action]) -> None:
        """Do this now, whatever the client is doing. Raises ConnectionClosed where it is over."""
        self.fired("struck")
        scene = EventScene(self, Event("command"), None)
        for action in actions:
            await action.perform(scene)

    @property
    def has_greeted(self) -> bool:
        """Whether the server has had its first word."""
        return any(step.event == "greeting" for step in self.connection.transcript.steps)

    async def farewell(self) -> None:
        """Say what the server says where it shuts down, if that is known. Raises ConnectionClosed
        where it closes then."""
        protocol = self.service.protocol
        if protocol in ("imap", "smtp") and (name := self.dialect.side(protocol).farewell):
            await self.reply(name)

    def fired(self, fault: str, event: Event | None = None) -> None:
        """Account for a fault that reached the client."""
        label = f"{self.name}.{fault}"
        self.evidence.delivered(label, self.connection.transcript)
        if event:
            self._step.rules.append(label)
        moment = f" at {event.name} {event.command}".rstrip() if event else ""
        self.connection.transcript.note(f"{label} fired{moment}")

    async def reply(self, name: str, *circumstances: str, **words: str | None) -> None:
        """Write the dialect's reply of this name, as it is worded in these circumstances, to the
        command among the words, and in the present state; raises ConnectionClosed where it
        closes."""
        reply = self._worded(name, circumstances, words)
        await self.connection.write(reply.encode(self.words(words)))
        if isinstance(reply, Reply) and reply.close:
            await self.connection.close(close_notify=reply.close is True)
            raise ConnectionClosed(f"closed after {name}")

    def text(self, name: str, **words: str) -> bytes:
        """The bytes of the dialect's reply of this name, without sending them."""
        return self._worded(name, (), words).encode(self.words(words))

    def exchange(self, mechanism: str) -> Exchange:
        """A new SASL exchange, about these accounts. Raises KeyError for an unknown mechanism."""
        return MECHANISMS[mechanism](secrets_of=self.accounts.secrets_of, hostname=HOSTNAME)

    def given_away(self, mechanism: str, initial: bytes | None) -> Credentials | None:
        """The credentials that an initial response (as it stands on the line) tells by itself.

        For a server that permits no log-in now: they were sent all the same. None: it tells none.
        """
        if initial is None or mechanism not in MECHANISMS:
            return None
        try:
            step = self.exchange(mechanism).start(decode_initial(initial))
        except SaslError:
            return None
        return step if isinstance(step, Credentials) else None

    async def login(
        self,
        credentials: Credentials,
        *,
        mechanism: str,
        command: str,
        tag: str = "",
        permitted: bool = True,
    ) -> LoginOutcome:
        """A whole log-in attempt: judge the credentials, let the script speak, record it all.

        `accepted`, and there is an `account`; `refused`: say so; `answered`: a rule has already
        spoken, and where it said yes, there is an account, whatever the password. Not `permitted`,
        as before STARTTLS, it is refused however right it is; but it is recorded, since the
        password was sent.
        """
        event = Event("login", command=command, tag=tag, mechanism=mechanism)
        if await self.meets(credentials.username):
            for missed in (replace(event, name="command"), replace(event, name="continuation")):
                if await self.logs_in(missed, credentials):
                    return "answered"
        event, account = self._told(event, credentials)
        outcome: LoginOutcome = "answered"
        try:
            if await self.happens(event):
                self._take_as_said(event, account)
            else:
                outcome = "accepted" if account and permitted else "refused"
                self.refusal = self._refusal(credentials, event.password)
                self.account = account if outcome == "accepted" else None
                if outcome == "refused":
                    await self._pause()
        finally:
            self._record_login(event, outcome)
        return outcome

    def _refusal(self, told: Credentials, given: PasswordKind | None) -> str:
        """The reply to these credentials, if they are refused: what is wrong with a token is said
        where the dialect has words for it."""
        side = self.dialect.side(dialect_protocol(self.service.protocol))
        if given and given in side.faults:
            return given
        return "bad-credentials@token" if told.kind == "token" else "bad-credentials"

    async def _pause(self) -> None:
        """What the real server takes before it refuses a log-in."""
        side = self.dialect.side("imap" if self.service.protocol == "imap" else "smtp")
        if self.service.pauses and side.behaviour.refused_login_pause_s:
            await asyncio.sleep(side.behaviour.refused_login_pause_s)

    @property
    def trusted(self) -> StoredAccount | None:
        """Who every client is taken for that has not logged in, where none has to."""
        return None if self.service.authentication == "required" else self.accounts.account

    def preauthenticated(self) -> StoredAccount:
        """The client is somebody without a log-in (RFC 9051, 7.1.4): the main account, which is
        returned. No log-in is recorded, for there was none."""
        self.account = self.accounts.account
        return self.account

    def told_ok(self, tag: str) -> bool:
        """Whether the client of IMAP has been told OK, in any case, since the last event."""
        return tells_ok(self.rule_said, tag)

    def accepted(self, *, sender: str, recipients: list[str], message_id: str) -> None:
        """Record an e-mail that SMTP accepted."""
        number = self.connection.transcript.number
        self.evidence.accepted(
            AcceptedMessage(
                self.name, number, sender, tuple(recipients), message_id, time.monotonic()
            )
        )

    def _record_login(self, event: Event, outcome: LoginOutcome) -> None:
        assert event.password is not None
        self._logged_in_by = event.password
        if not self.account:
            self._mailbox.failures.update(self._scope_keys(event.username).items())
        self.evidence.logged_in(
            LoginAttempt(
                service=self.name,
                connection=self.connection.transcript.number,
                username=self.connection.transcript.named(event.username),
                password=event.password,
                mechanism=said_mechanism(event.mechanism),
                tls=self.connection.tls_active,
                outcome=outcome,
                at_s=time.monotonic(),
            )
        )

    def token_requested(
        self, event: Event, outcome: TokenOutcome, *, voided: bool, basic: bool
    ) -> None:
        """Record a request for a token; `voided`, `basic`: see TokenRequest."""
        assert event.client is not None
        self.evidence.token_requested(
            TokenRequest(
                service=self.name,
                connection=self.connection.transcript.number,
                grant=event.grant,
                refresh_token=event.refresh_token,
                voided=voided,
                client=event.client,
                basic=basic,
                tls=self.connection.tls_active,
                outcome=outcome,
                at_s=time.monotonic(),
            )
        )

    def _scope_keys(self, username: str) -> dict[Scope, Hashable]:
        return {
            "connection": self.connection.transcript.number,
            "account": (username or self._mailbox.spec.account.login).casefold(),
            "address": self.connection.peer[0],
            "server": self.name,
        }

    def _situation(self, event: Event) -> Situation:
        keys = self._scope_keys(event.username)
        sender = self.accounts.find(event.sender)
        return Situation(
            tls=self.connection.tls_active,
            logged_in=self.account is not None,
            logged_in_by=self._logged_in_by if self.account else None,
            peer_allowed=self._mailbox.peer_allowed(self.connection.peer[0]),
            state=frozenset(self._mailbox.spec.state),
            username_is=self._username_is(event.username),
            sender_owned=sender is not None and sender is (self.account or self.trusted),
            recipient_local=self.accounts.find(event.recipient) is not None,
            connections=self._mailbox.live_connections(self, event.username),
            failures={scope: self._mailbox.failures[scope, key] for scope, key in keys.items()},
            scope_keys=keys,
        )

    def _username_is(self, username: str) -> str:
        account = self._mailbox.spec.account
        if username == account.login:
            return "account"
        return "address" if username == account.address else "other"

    def _worded(self, name: str, circumstances: tuple[str, ...], words: Words) -> AnyReply:
        protocol = dialect_protocol(self.service.protocol)
        command = (words.get("command") or "").rpartition(" ")[2]  # FETCH of UID FETCH
        state = ("after-login",) if self.account else ()
        name, *carried = name.split("@")  # as a dialect writes it
        return self.dialect.reply(protocol, name, (*circumstances, *carried, command, *state))

    def words(self, words: Words) -> Words:
        """What stands for each placeholder: these, and what is always known."""
        return FilledWords(
            {
                "host": HOSTNAME,
                "peer": self.connection.peer[0],
                "user": self._mailbox.spec.account.login,
                "domain": HOSTNAME.partition(".")[2],
                "client": self.oauth_client.id,
                **words,
            }
        )
