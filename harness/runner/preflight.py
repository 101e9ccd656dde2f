"""Before anything else is run: what does this connector do at mailboxes that work?

Where it connects nowhere, every further verdict would say the same. The usual reason is that it
does not trust the authority that issued the valid certificates.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from fakeservers.security import Security
from fakeservers.wire.transcript import Transcript
from harness.contract.answer import ONE_CHECK
from harness.contract.capabilities import ANY_SECURITY, Capabilities
from harness.judging.applicability import SECURITY
from harness.judging.evidence import CheckEvidence
from harness.runner.events import CaseResult
from harness.runner.runner import Runner
from harness.scenario import builtin_path
from harness.scenario.catalogue import collect, select
from harness.scenario.customer.held import OAuth2
from harness.scenario.model import Facts, Scenario
from harness.taxonomy import Protocol

PREFLIGHT = "connected/working[implicit-tls]"
SERVICES: Final[tuple[Protocol, ...]] = ("imap", "smtp")
_TLS: Final[Security] = "implicit-tls"
_LOCAL: Final = "127.0.0.2"
"""An address of this machine to connect from; not the one that is usual."""


TAKES_TOKENS: Final = {True: "takes tokens (OAuth)", False: "no tokens (OAuth)"}
_ANY_STATE: Final = frozenset({"CAPABILITY", "NOOP", "LOGOUT", "ID", "ENABLE"})
"""Commands that any server answers, whatever has become of the mailbox."""


_WITHOUT_ANSWER: Final[Mapping[str, str]] = defaultdict(
    lambda: "No answer can be read",
    {"crashed": "It crashed", "timed-out": "It did not answer in time"},
)
"""By the verdict on a check of which it said nothing."""


@dataclass(frozen=True)
class Preflight:
    """`does`: what was declared, and what was seen of the rest. `lines`: what it found, for people.
    `stopped`: the check of a mailbox that works, where the connector connected none."""

    does: Capabilities
    lines: tuple[str, ...]
    stopped: CaseResult | None = None


@dataclass(frozen=True)
class WorkingMailbox:
    """A mailbox that works, and what it shows: `imap` and `smtp` are how its services are
    secured; `of` is the capability that was needed besides."""

    imap: Security = _TLS
    smtp: Security = _TLS
    of: str = ""

    def security(self, service: Protocol) -> Security:
        return self.imap if service == "imap" else self.smtp

    def scenario(self, working: Scenario) -> Scenario:
        facts = working.facts
        services: dict[str, Any] = {
            name: getattr(facts, name).model_copy(
                update={"security": self.security(name), **_SERVER.get(self.of, {})}
            )
            for name in SERVICES
        }
        return replace(working, facts=_typed(facts.model_copy(update=services), self.of))


_SERVER: Final[dict[str, dict[str, Any]]] = {"insecure_option": {"certificate": "self-signed"}}


def _typed(facts: Facts, of: str) -> Facts:
    """The same mailbox where that capability is needed."""
    customer, account = facts.customer, facts.account
    if of == "custom_username":
        account = account.model_copy(update={"username": "anna.b"})
        customer = customer.model_copy(update={"username": "anna.b"})
    elif of == "insecure_option":
        customer = customer.model_copy(update={"allow_insecure_certificates": True})
    elif of == "source_address":
        here = {"source_address": _LOCAL}
        ends: dict[str, Any] = {
            name: getattr(customer, name).model_copy(update=here) for name in SERVICES
        }
        customer = customer.model_copy(update=ends)
    elif of == "tokens":
        customer = customer.model_copy(update={"oauth2": OAuth2()})
    return facts.model_copy(update={"account": account, "customer": customer})


@dataclass(frozen=True)
class _Seen:
    probe: WorkingMailbox
    result: CaseResult
    saw: CheckEvidence


async def preflight(
    runner: Runner,
    declared: Capabilities | None = None,
    *,
    understood: bool = True,
    tokens: bool = False,
) -> Preflight:
    """Let the connector check mailboxes that work, at the same time, and see what it does of what
    was not declared otherwise. However it behaves, it goes on where it connects.

    `understood`: what it says can be read; else (there is no mapping yet) a log-in is enough.
    `tokens`: whether any are to be asked of it; else none are tried.
    """
    declared = declared or Capabilities()
    seen = await _look(runner, _first(declared, tokens=tokens))
    if second := _second(seen, declared):
        seen += await _look(runner, second)
    found = _found(seen)
    does = declared.over(found)
    if stalled := next((each.result for each in seen if _stalled(each.result)), None):
        return Preflight(does, tuple(explained(stalled)), stalled)
    connected = (each for each in seen if each.saw.logged_in_to)
    if not any(_says_connected(each.result) or not understood for each in connected):
        return Preflight(does, tuple(explained(seen[0].result)), seen[0].result)
    if distrusting := _only_in_clear(seen):
        return Preflight(does, tuple(explained(distrusting.result)), distrusting.result)
    # Of who asks both at a time SMTP may, by chance, be the first to let it in.
    at_a_time = any(_at_a_time(each.saw) for each in seen)
    smtp_first = not at_a_time and any(_smtp_first(each.saw) for each in seen)
    takes = [TAKES_TOKENS[found.tokens]] if any(each.probe.of == "tokens" for each in seen) else []
    told = [*_does(found, smtp_first), *takes, *_manners(seen)]
    lines = ["preflight: " + ", ".join(told)]
    lines += _contradictions(declared, found, {each.probe.of for each in seen})
    return Preflight(does, tuple(lines))


async def _look(runner: Runner, probes: Iterable[WorkingMailbox]) -> list[_Seen]:
    [working] = select(collect([builtin_path() / "connected" / "working.yaml"]), [PREFLIGHT])
    room = asyncio.Semaphore(runner.jobs)

    async def look(probe: WorkingMailbox) -> _Seen:
        async with room:
            return _Seen(probe, *await runner.probe(probe.scenario(working)))

    return list(await asyncio.gather(*map(look, probes)))


def _first(declared: Capabilities, *, tokens: bool) -> Iterator[WorkingMailbox]:
    """Nothing that was declared as not done is tried."""
    usual = {name: (*declared.security(name), _TLS)[0] for name in SERVICES}
    base = WorkingMailbox(usual["imap"], usual["smtp"])
    yield base
    for name in declared.services:
        for security in declared.security(name):
            if security != usual[name]:
                yield replace(base, **{name: security})
    for needed in ("custom_username", "insecure_option", "source_address"):
        if getattr(declared, needed):
            yield replace(base, of=needed)
    if tokens and (declared.tokens or "tokens" not in declared.model_fields_set):
        yield replace(base, of="tokens")


def _second(seen: Sequence[_Seen], declared: Capabilities) -> list[WorkingMailbox]:
    """Where one service was not reached because the other was secured in a way that is not known:
    the same with one that is."""
    known = {name: _known(seen, name) for name in SERVICES}
    again = []
    for name, other in (SERVICES, SERVICES[::-1]):
        at = seen[0].probe.security(other)
        if known[other] and at not in known[other] and name in declared.services:
            unknown = [each for each in declared.security(name) if each not in known[name]]
            again += [WorkingMailbox(**{name: each, other: known[other][0]}) for each in unknown]
    return again


def _known(seen: Iterable[_Seen], service: Protocol) -> tuple[Security, ...]:
    """The ways to secure a connection in which it logged in."""
    ways = {each.probe.security(service) for each in seen if service in each.saw.logged_in_to}
    return tuple(way for way in ANY_SECURITY if way in ways)


def _only_in_clear(seen: Sequence[_Seen]) -> _Seen | None:
    """A handshake that was begun in vain, where all log-ins were in cleartext or at a certificate
    that need not be trusted: it knows TLS, and trusts no authority of ours."""
    strict = [each for each in seen if each.probe.of != "insecure_option"]
    if any(set(_known(strict, name)) - {"cleartext"} for name in SERVICES):
        return None
    return next((each for each in strict if _began_tls(each.saw)), None)


def _began_tls(saw: CheckEvidence) -> bool:
    return any(step.event == "tls" for each in saw.connections for step in each.steps)


def _found(seen: Sequence[_Seen]) -> Capabilities:
    services = tuple(name for name in SERVICES if _known(seen, name)) or SERVICES
    able = {each.probe.of for each in seen if each.probe.of and each.saw.logged_in_to}
    source = (c.peer for each in seen for c in each.saw.connections)
    return Capabilities(
        services=services,
        sends=any(each.saw.messages or each.saw.delivered for each in seen),
        opens_inbox=any(_asks(each) for one in seen for each in one.saw.at("imap")),
        parallel=any(_at_a_time(each.saw) or _smtp_first(each.saw) for each in seen),
        imap_security=_known(seen, "imap") or ANY_SECURITY,
        smtp_security=_known(seen, "smtp") or ANY_SECURITY,
        custom_username="custom_username" in able,
        insecure_option="insecure_option" in able,
        source_address=any(peer.startswith(f"{_LOCAL}:") for peer in source),
        tokens="tokens" in able,
        **_longest_hello(seen),
    )


def _longest_hello(seen: Sequence[_Seen]) -> dict[str, Any]:
    """Where there was any."""
    sizes = [each.hello_bytes for one in seen for each in one.saw.connections if each.hello_bytes]
    return {"hello_bytes": max(sizes)} if sizes else {}


def _asks(imap: Transcript) -> bool:
    """Whether it gave a command behind the log-in that has to do with mail."""
    later = {step.command for step in imap.steps if step.logged_in and step.event == "command"}
    return bool(later - _ANY_STATE)


def _at_a_time(saw: CheckEvidence) -> bool:
    """Whether it came to the second service before the first had accepted its log-in, and stayed:
    who only looks whether the ports are open asks one after the other."""
    began = {each.service: each.began_s for each in reversed(saw.inside)}
    accepted = [_logged_in_s(each) for each in saw.inside]
    return len(began) > 1 and bool(accepted) and max(began.values()) < min(accepted)


def _smtp_first(saw: CheckEvidence) -> bool:
    """Whether SMTP had accepted its log-in before it came to IMAP: it is not spared either."""
    came_s = [each.began_s for each in saw.at("imap")]
    accepted_s = [_logged_in_s(each) for each in saw.inside if each.service == "smtp"]
    return bool(came_s and accepted_s) and min(accepted_s) < min(came_s)


def _logged_in_s(connection: Transcript) -> float:
    """When the connection came to the log-in that was accepted."""
    tried = [step.at_s for step in connection.steps if step.event == "login"]
    return connection.began_s + tried[-1] if tried else connection.began_s


def _stalled(result: CaseResult) -> bool:
    """Whether it is a program for one check that was taken for one that stays."""
    return result.judgement.why.endswith(ONE_CHECK)


def _says_connected(result: CaseResult) -> bool:
    return result.diagnosis is not None and result.diagnosis.error == "connected"


def _does(does: Capabilities, smtp_first: bool) -> Iterator[str]:
    """In words; of the settings only those that it does not know."""
    both = len(does.services) > 1
    yield "logs in to both" if both else f"logs in to {does.services[0].upper()} only"
    if both:
        order = "at the same time" if does.parallel else "one after the other"
        yield "SMTP before IMAP" if smtp_first else order
    if "imap" in does.services and not does.opens_inbox:
        yield "opens no mailbox"
    yield "sends a test e-mail" if does.sends else "sends nothing"
    yield from list(lacks(does)) or ["knows every setting"]


def lacks(does: Capabilities) -> Iterator[str]:
    """The settings that it does not know, in words."""
    for way in ANY_SECURITY:
        without = [name for name in does.services if way not in does.security(name)]
        if without:
            on = f" on {without[0].upper()}" if len(without) < len(does.services) else ""
            yield f"no {SECURITY[way]}{on}"
    if not does.custom_username:
        yield "no custom user name"
    if not does.insecure_option:
        yield 'no "allow insecure certificates"'
    if not does.source_address:
        yield "no source address"


def _manners(seen: Sequence[_Seen]) -> Iterator[str]:
    for protocol, word in (("imap", "LOGOUT"), ("smtp", "QUIT")):
        inside = [
            connection
            for each in seen
            for connection in each.saw.inside
            if connection.protocol == protocol
        ]
        if any(word not in connection.commands() for connection in inside):
            yield f"leaves without {word}"
    if any(each.saw.left_open for each in seen):
        yield "leaves connections open"


def _contradictions(declared: Capabilities, found: Capabilities, probed: set[str]) -> Iterator[str]:
    """A line for each thing that was declared and not seen so."""
    for name in sorted(declared.model_fields_set):
        said, was = getattr(declared, name), getattr(found, name)
        if isinstance(said, tuple):
            same = set(said) == set(was) if name == "services" else set(said) <= set(was)
        else:
            tried = name in ("sends", "opens_inbox", "parallel") or name in probed
            same = said == was or not tried or (name == "parallel" and said)
        if not same:
            key = name.replace("_", "-")
            yield f"declared `{key}: {_shown(said)}`, seen {_shown(was)}: what is declared counts"


def _shown(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value).lower()


def explained(result: CaseResult) -> Iterator[str]:
    """What to look at where it connected no mailbox, for people."""
    yield "The connector did not connect a mailbox that works, so nothing else was run."
    if _distrusts(result):
        yield (
            "It does not trust the certificate, which is valid: let it trust the authority in the "
            "settings' `ca_file` (PEM) or `trust_store` (PKCS#12, for Java). A command finds both "
            "in its environment: SSL_CERT_FILE (OpenSSL: Python, Ruby, PHP, Perl, Go, .NET), "
            "NODE_EXTRA_CA_CERTS (Node.js), CURL_CA_BUNDLE (curl), JAVA_TOOL_OPTIONS (Java)."
        )
    elif not result.diagnosis and not (result.said and result.said.error):
        yield f"{_WITHOUT_ANSWER[result.judgement.verdict]}: {result.judgement.why}"
    elif not result.transcript:
        yield "It never connected: are host and port taken from `imap` and `smtp` of the settings?"
    elif not result.diagnosis:
        yield (
            "What it says of it is no documented error: `--mapping` says what its codes mean, and "
            "`badinbox mapping init --connector …` writes a first one."
        )
    else:
        yield "The transcript shows how far it came."
    yield "`--no-preflight` runs the scenarios all the same."


def _distrusts(result: CaseResult) -> bool:
    """Whether it said so, or ended a handshake or a connection right after it, without a word."""
    named = result.diagnosis and result.diagnosis.error == "unauthorized-untrusted-certificate"
    spoke = any(line.direction == "C" for record in result.transcript for line in record.lines)
    return bool(named) or (bool(result.transcript) and not spoke)
