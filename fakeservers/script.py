"""The script: which rule, if any, fires at an event. No I/O; the counters are its only state."""

from __future__ import annotations

import fnmatch
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fakeservers.dialects.command_names import means
from fakeservers.spec import ClientKind, PasswordKind, RefreshKind, Rule, Scope, When
from fakeservers.wire import EventName


@dataclass(frozen=True)
class Event:
    """A moment in a connection at which a rule may fire; only what is known then is filled in."""

    name: EventName
    command: str = ""
    """The IMAP command or SMTP verb, upper case; with UID the command that is by UID, too."""
    tag: str = ""
    argument: str = ""
    """The rest of the command line; empty where it may be secret: at every command and line of a
    log-in, and for what is no command."""
    mechanism: str = ""
    """`LOGIN` for IMAP's LOGIN command, else the SASL mechanism."""
    username: str = ""
    password: PasswordKind | None = None
    sender: str = ""
    recipient: str = ""
    grant: str = ""
    """By which a token is asked for (RFC 6749)."""
    refresh_token: RefreshKind | None = None
    client: ClientKind | None = None
    hello_bytes: int = 0


@dataclass(frozen=True)
class Situation:
    """What is true of a connection, its mailbox and its service while an event is decided."""

    tls: bool
    logged_in: bool
    logged_in_by: PasswordKind | None
    """With which of the account's passwords or tokens."""
    peer_allowed: bool
    state: frozenset[str]
    username_is: str
    """`account` or `address`, or `other`: what the name given at log-in is."""
    sender_owned: bool
    recipient_local: bool
    connections: Mapping[str, int]
    """Live connections, others' included, per `account`, `address`, … (see LiveConnections)."""
    failures: Mapping[Scope, int]
    """Refused log-ins so far, per scope."""
    scope_keys: Mapping[Scope, Hashable]
    """What identifies this connection, account, address and server, for counting."""


def mismatch(when: When, event: Event, situation: Situation) -> str | None:
    """The first condition that does not hold, by its YAML name; None: the rule fits."""
    limit, often, over = when.connections, when.failures, when.hello_over
    wanted: Sequence[tuple[str, object, bool]] = (
        ("event", when.event, when.event == event.name),
        ("command", when.command, _is_named(event, when)),
        ("mechanism", when.mechanism, event.mechanism in (when.mechanism or ())),
        (
            "password",
            when.password,
            (event.password or situation.logged_in_by) in (when.password or ()),
        ),
        ("username", when.username, when.username == situation.username_is),
        ("peer", when.peer, (when.peer == "allowed") == situation.peer_allowed),
        ("tls", when.tls, when.tls == situation.tls),
        ("logged-in", when.logged_in, when.logged_in == situation.logged_in),
        ("state", when.state, when.state in situation.state),
        ("sender", when.sender, (when.sender == "owned") == situation.sender_owned),
        ("recipient", when.recipient, (when.recipient == "local") == situation.recipient_local),
        ("grant", when.grant, event.grant in (when.grant or ())),
        (
            "refresh-token",
            when.refresh_token,
            event.refresh_token in (when.refresh_token or ()),
        ),
        ("client", when.client, event.client in (when.client or ())),
        ("argument", when.argument, _is_like(event, when.argument or "")),
        ("connections", limit, not limit or situation.connections[limit.per] > limit.over),
        ("failures", often, not often or situation.failures[often.per] >= often.at_least),
        ("hello-over", over, over is None or event.hello_bytes > over),
    )
    return next((name for name, given, holds in wanted if given is not None and not holds), None)


def _is_named(event: Event, when: When) -> bool:
    return any(means(named, event.command) for named in when.command or ())


def _is_like(event: Event, pattern: str) -> bool:
    """Of a command by UID, what stands behind UID may be meant, or what stands behind its name."""
    name = event.command.partition(" ")[2]
    readings = [event.argument, *([f"{name} {event.argument}"] if name else [])]
    return any(fnmatch.fnmatchcase(each.lower(), pattern.lower()) for each in readings)


@dataclass
class Script:
    """The rules of one service and how often each fired in each scope."""

    rules: Sequence[Rule]
    added: dict[str, Rule] = field(default_factory=dict)
    """Rules by label that come before the others: they were added while the mailbox runs."""
    _fired: Counter[tuple[str, Hashable]] = field(default_factory=Counter)
    _added_so_far: int = 0

    def labelled(self) -> Iterator[tuple[str, Rule]]:
        """All rules in the order in which they are tried, each with its label."""
        yield from self.added.items()
        yield from ((f"rules[{number}]", rule) for number, rule in enumerate(self.rules))

    def add(self, rule: Rule) -> str:
        """Put a rule before those of the scenario, behind what was added before. Its label."""
        label = f"added[{self._added_so_far}]"
        self._added_so_far += 1
        self.added[label] = rule
        return label

    def times_fired(self, label: str) -> int:
        """How often the rule has fired, in all scopes, since it last was forgotten."""
        return sum(times for (fired, _), times in self._fired.items() if fired == label)

    def replace(self, rules: Sequence[Rule]) -> None:
        """Other rules from now on, counted from zero; the same ones go on. Added ones stay."""
        if list(rules) == list(self.rules):
            return
        self.rules = rules
        for fired in [each for each in self._fired if each[0] not in self.added]:
            del self._fired[fired]

    def forget(self) -> None:
        """Count from the beginning again."""
        self._fired.clear()

    def concerns(self, event: Event) -> bool:
        """Whether a rule may fire at such an event at all, whatever the situation is."""
        return any(
            rule.when.event == event.name
            and (rule.when.command is None or _is_named(event, rule.when))
            for rule in (*self.added.values(), *self.rules)
        )

    def decide(self, event: Event, situation: Situation) -> tuple[str, Rule] | None:
        """The first rule that fits and has not fired often enough, with its label."""
        for label, rule in self.labelled():
            key = (label, situation.scope_keys[rule.scope])
            spent = rule.times is not None and self._fired[key] >= rule.times
            if not spent and mismatch(rule.when, event, situation) is None:
                self._fired[key] += 1
                return label, rule
        return None
