"""Rules that can never fire: nothing is wrong with a word of them, but they stand for nothing."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, get_args

from fakeservers.dialects.command_names import ImapCommand, SmtpVerb, UidCommand, means
from fakeservers.files.base_model import kebab
from fakeservers.sasl import MECHANISMS
from fakeservers.spec import Rule, Service, When
from fakeservers.wire import EventName
from harness.files.problems import KeyPath, did_you_mean
from harness.scenario.consistency import Inconsistency, located_services
from harness.scenario.model import CaseFile, Facts
from harness.scenario.remedies import CIRCUMSTANCES

_ALL: Final[tuple[EventName, ...]] = get_args(EventName)
_UNORDERED: Final = ("continuation", "no-command", "token-request")
"""Events that may come before those that usually come first."""
_IMPLICIT: Final = tuple(event for event in _ALL if event not in _UNORDERED)
# With STARTTLS, greeting and commands come before the handshake.
_BEFORE_TLS: Final = ("connect", "greeting", "command")
_STARTTLS: Final = (*_BEFORE_TLS, *(event for event in _IMPLICIT if event not in _BEFORE_TLS))
_OTHERS: Final[tuple[EventName, ...]] = ("connect", "tls", "tls-established", "greeting")
"""Of services that are there by mistake, such as POP3."""
_SMTP: Final = tuple(event for event in _ALL if event != "token-request")
_IMAP: Final = tuple(event for event in _SMTP if event not in ("data", "end-of-data"))
_OAUTH: Final = ("connect", "tls", "tls-established", "token-request")
_EVENTS: Final = {"imap": _IMAP, "smtp": _SMTP, "oauth": _OAUTH}
_TLS_EVENTS: Final = ("tls", "tls-established")
_IN_A_COMMAND: Final[tuple[EventName, ...]] = ("command", "login", "continuation")
_WITH_COMMAND: Final[tuple[EventName, ...]] = (*_IN_A_COMMAND, "data", "end-of-data")
_SECRET: Final = frozenset({"LOGIN", "AUTHENTICATE", "AUTH"})
_KNOWN_AT: Final[dict[str, tuple[EventName, ...]]] = {
    "command": _WITH_COMMAND,
    "mechanism": _IN_A_COMMAND,
    "password": ("login", "command", "data", "end-of-data"),
    "username": ("login",),
    "sender": ("command", "data", "end-of-data"),
    "recipient": ("command", "data", "end-of-data"),
    "argument": ("command",),
    "grant": ("token-request",),
    "refresh_token": ("token-request",),
    "client": ("token-request",),
    "hello_over": ("tls",),
}
"""The events at which a condition has something to look at."""
_OF_SMTP: Final = ("sender", "recipient")
_COMMANDS: Final[dict[str, tuple[str, ...]]] = {
    "imap": (*get_args(ImapCommand), *get_args(UidCommand)),
    "smtp": get_args(SmtpVerb),
}
_COMMANDS_AT: Final[dict[tuple[str, EventName], tuple[str, ...]]] = {
    ("imap", "login"): ("LOGIN", "AUTHENTICATE"),
    ("smtp", "login"): ("AUTH",),
    ("smtp", "continuation"): ("AUTH",),
    ("smtp", "data"): ("DATA", "BDAT"),
    ("smtp", "end-of-data"): ("DATA", "BDAT"),
}


def rule_findings(case: CaseFile, every: list[Facts]) -> Iterator[Inconsistency]:
    """Rules must be able to fire. `every`: the facts of the case and those of each remedy."""
    states = {state for facts in every for state in facts.state}
    yield from _unasked(case, every)
    listed = any(facts.allow_list is not None for facts in every)
    for path, service in located_services(case):
        for number, rule in enumerate(service.rules):
            when = (*path, "rules", number, "when")
            for position, action in enumerate(rule.then[:-1]):
                if action.ends:
                    place = (*path, "rules", number, "then", position + 1)
                    yield place, "never happens: the action before it ends the connection"
            for position, action in enumerate(rule.then):
                possible = rule.when.event in _IN_A_COMMAND and service.protocol in _COMMANDS
                if action.listens and not possible:
                    events = " or event: ".join(_IN_A_COMMAND)
                    place = (*path, "rules", number, "then", position)
                    yield place, f"only imap and smtp challenge, with event: {events}"
            if rule.when.state is not None and rule.when.state not in states:
                yield _unheld(rule.when.state, case.state, states, (*when, "state"))
            for key, message in _never(service, rule.when):
                yield (*when, kebab(key)), f"never fires: {message}"
            if rule.when.peer == "not-allowed" and not listed:
                yield (*when, "peer"), "never: there is no allow-list"
        for number, message in dead_rules(service):
            yield (*path, "rules", number), message


def _unasked(case: CaseFile, every: list[Facts]) -> Iterator[Inconsistency]:
    """Circumstances that are none of ours, in a file in which no rule asks for any."""
    rules = (rule for facts in every for _, each in located_services(facts) for rule in each.rules)
    if not case.life and not any(rule.when.state for rule in rules):
        for number, name in enumerate(case.state):
            if name not in CIRCUMSTANCES:
                yield ("state", number), f"no rule asks for {name!r}"


def _unheld(asked: str, given: list[str], states: set[str], where: KeyPath) -> Inconsistency:
    """A circumstance that a rule asks for and no `state` names. Where the rule's is one that we
    know and one of the case's own is much like it and is none, it is that which is misspelt."""
    for number, name in enumerate(given) if asked in CIRCUMSTANCES else ():
        if name not in CIRCUMSTANCES and (hint := did_you_mean(name, [asked])):
            return ("state", number), f"no rule asks for {name!r}{hint}"
    return where, f"state never holds {asked!r}{did_you_mean(asked, states)}"


def _never(service: Service, when: When) -> Iterator[tuple[str, str]]:
    """The conditions that never hold at such a service, and why."""
    event, protocol = when.event, service.protocol
    if event not in _EVENTS.get(protocol, _OTHERS):
        others = [name for name, events in _EVENTS.items() if event in events]
        yield "event", f"{event} is of {' and '.join(others)}, this service is {protocol}"
        return
    if event in _TLS_EVENTS and not _may_begin_tls(service):
        yield "event", "the service is cleartext"
        return
    for key, events in _KNOWN_AT.items():
        if getattr(when, key) is None:
            continue
        if key in _OF_SMTP and protocol != "smtp":
            yield key, f"only smtp has a {key}"
        elif event not in events:
            yield key, f"known only with event: {' or event: '.join(events)}"
    yield from _never_in_tls(service, when)
    yield from _other_commands(protocol, when)
    yield from _never_told(service, when)


def _never_told(service: Service, when: When) -> Iterator[tuple[str, str]]:
    """What a log-in never tells: its arguments, a mechanism that nobody lets the client use."""
    if when.argument and when.command and _SECRET.issuperset(when.command):
        yield "argument", "the arguments of a log-in are secret"
    wanted = set(when.mechanism or ())
    if not wanted or when.event == "command":  # a client may try whatever it likes
        return
    unoffered = wanted - {*(service.mechanisms or ()), "LOGIN"}
    if service.mechanisms is not None and unoffered == wanted:
        yield "mechanism", f"`mechanisms` offers only {', '.join(service.mechanisms) or 'none'}"
    elif wanted.isdisjoint(MECHANISMS):
        known = ", ".join(MECHANISMS)
        yield "mechanism", f"the fakes can do {known} only; write event: command"


def _may_begin_tls(service: Service) -> bool:
    """Whether a handshake is possible: on a cleartext service, if a rule answers STARTTLS."""
    commands = (rule.when.command or () for rule in service.rules)
    return service.security != "cleartext" or any("STARTTLS" in names for names in commands)


def _never_in_tls(service: Service, when: When) -> Iterator[tuple[str, str]]:
    security = service.security
    before = ("connect", "tls") if security == "implicit-tls" else ("connect", "tls", "greeting")
    if when.tls and not _may_begin_tls(service):
        yield "tls", "the service is cleartext"
    elif when.tls and when.event in before:
        yield "tls", "TLS comes later"
    if when.tls is False and security == "implicit-tls" and when.event not in ("connect", "tls"):
        yield "tls", "the service is implicit-tls"


def _other_commands(protocol: str, when: When) -> Iterator[tuple[str, str]]:
    if protocol not in _COMMANDS or when.event not in _WITH_COMMAND:
        return
    possible = _COMMANDS_AT.get((protocol, when.event), _COMMANDS[protocol])
    for command in when.command or ():
        if command in possible:
            continue
        if command not in _COMMANDS[protocol]:
            others = [name for name, known in _COMMANDS.items() if command in known]
            yield "command", f"{command} is of {' and '.join(others)}, this service is {protocol}"
        else:
            yield "command", f"{command} has no event {when.event}; write event: command"


_ONE_OF: Final = ("mechanism", "password", "grant", "refresh_token", "client")
_EQUAL: Final = ("username", "peer", "tls", "logged_in", "state", "sender", "recipient", "argument")


def dead_rules(service: Service) -> Iterator[tuple[int, str]]:
    """The position of each rule that can never fire, and why."""
    for later, rule in enumerate(service.rules):
        if service.listen != "listening":
            yield later, f"never fires: the port is {service.listen}"
            continue
        for earlier, before in enumerate(service.rules[:later]):
            if before.times is None and covers(before.when, rule.when):
                yield later, f"never fires: rules[{earlier}] fires first whenever it could"
                break
        else:
            if (ender := _ended_before(service, rule)) is not None:
                yield later, f"never fires: rules[{ender}] ends every connection before"


def covers(earlier: When, later: When) -> bool:
    """Whether the earlier conditions hold wherever the later ones do."""
    if earlier.event != later.event:
        return False
    return (
        _within(later.command, earlier.command, means)
        and all(_within(getattr(later, name), getattr(earlier, name)) for name in _ONE_OF)
        and all(getattr(earlier, name) in (None, getattr(later, name)) for name in _EQUAL)
        and _as_strict(later.connections, earlier.connections, "over")
        and _as_strict(later.failures, earlier.failures, "at_least")
        and (earlier.hello_over or 0) <= (later.hello_over or 0)
    )


def _within(
    narrow: Sequence[str] | None,
    wide: Sequence[str] | None,
    is_of: Callable[[str, str], bool] = operator.eq,
) -> bool:
    """Whether each of the one is one of the other."""
    if wide is None or narrow is None:
        return wide is None
    return all(any(is_of(other, each) for other in wide) for each in narrow)


def _as_strict(narrow: Any, wide: Any, number: str) -> bool:
    if wide is None:
        return True
    if narrow is None or narrow.per != wide.per:
        return False
    return bool(getattr(narrow, number) >= getattr(wide, number))


def _ended_before(service: Service, rule: Rule) -> int | None:
    """The position of a rule that ends every connection before the event of this one."""
    order = _STARTTLS if service.security == "starttls" else _IMPLICIT
    first = "command" if rule.when.event in _UNORDERED else rule.when.event
    for position, other in enumerate(service.rules):
        unconditional = other.times is None and other.when == When(event=other.when.event)
        if not unconditional or not any(action.ends for action in other.then):
            continue
        if other.when.event in order[: order.index(first)]:
            return position
    return None
