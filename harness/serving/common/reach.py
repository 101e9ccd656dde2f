"""How a scenario is reached at the common ports, worked out from its facts.

Nobody knows whose mailbox is wanted before it is said. A user name is said at the log-in: it
chooses where all that comes before is as at a mailbox that works. A host name is said in the
ClientHello (SNI, RFC 6066, 3): it chooses where all that comes before that is so. What is left is
wrong from the beginning, and needs a port of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from fakeservers.dialects.dialect import load_dialect
from fakeservers.imap.capabilities import offered_mechanisms
from fakeservers.spec import Rule, Service
from fakeservers.wire import VALID_PROFILES, Tls
from harness.scenario.customer.typed import THIS_MACHINE
from harness.scenario.model import Facts, Scenario, Typed

Way = Literal["user-name", "host-name", "port"]
WAYS: Final[tuple[Way, ...]] = ("user-name", "host-name", "port")
"""From the one that every product has to the last resort."""
_PASSWORD: Final = frozenset({"PLAIN", "LOGIN"})
_TOKEN: Final = frozenset({"XOAUTH2"})
"""What the common ports offer."""
_BEFORE_LOGIN: Final = frozenset({"CAPABILITY", "ID", "STARTTLS", "EHLO", "HELO"})
"""The commands that a client may give before it logs in, and that may be refused there."""
_USUAL_TLS: Final = Tls.model_construct()
_SIZE: Final = Service.model_construct(protocol="smtp").max_message_bytes


@dataclass(frozen=True)
class Reached:
    """The way to choose a scenario at the port of one protocol, and what stands in the way of an
    easier one."""

    way: Way
    why: str = ""


def reached(facts: Facts, protocol: str) -> Reached:
    """The way to choose a mailbox with these facts at a port of this protocol."""
    typed = facts.typed(protocol)
    at_once = next(_at_once(facts, typed), "")
    if at_once:
        return Reached("port", at_once)
    later = next(_before_login(facts, typed, protocol), "")
    if not later:
        return Reached("user-name")
    earlier = next(_before_hello(facts, typed, protocol), "")
    return Reached("port", earlier) if earlier else Reached("host-name", later)


def ways(scenario: Scenario) -> dict[str, Reached]:
    """The way for each of the two protocols, whatever becomes of the mailbox while it lives."""
    life = scenario.life
    every = [scenario.facts]
    if life:
        every = [life.begins, *(each.facts for each in life.moments if each.facts)]
        if any(each.step.down_s is not None for each in life.moments):
            return dict.fromkeys(("imap", "smtp"), Reached("port", "the server goes down"))
    return {
        protocol: max(
            (reached(facts, protocol) for facts in every), key=lambda each: WAYS.index(each.way)
        )
        for protocol in ("imap", "smtp")
    }


def way_of(scenario: Scenario) -> Reached:
    """The way to all of it."""
    return max(ways(scenario).values(), key=lambda each: WAYS.index(each.way))


def _at_once(facts: Facts, typed: Typed) -> Iterator[str]:
    """What is so from the first packet on."""
    service = typed.service
    if typed.endpoint.host not in (None, THIS_MACHINE):
        yield "another host is typed"
    if typed.security != service.security:
        yield f"{typed.security} is typed where the server speaks {service.security}"
    if service.listen != "listening":
        yield f"the port is {service.listen}"
    if service.proxy_protocol:
        yield "a PROXY header is expected first"
    if ":" in service.bind or any(each.port_of for each in facts.all_services().values()):
        yield "it is about IPv6"
    if any(rule.when.event == "connect" for rule in _live(facts, service)):
        yield "it fails when the connection is accepted"


def _before_login(facts: Facts, typed: Typed, protocol: str) -> Iterator[str]:
    """What is otherwise than at a mailbox that works before a client has told its user name."""
    service = typed.service
    if service.protocol != protocol:
        yield f"the server speaks {service.protocol}"
        return
    if service.certificate not in VALID_PROFILES:
        yield f"the certificate is {service.certificate}"
    if service.tls != _USUAL_TLS:
        yield "TLS itself is otherwise"
    if service.authentication != "required":
        yield "nobody has to log in"
    if protocol == "smtp" and service.max_message_bytes != _SIZE:
        yield "EHLO tells another SIZE"
    if wrong := _mechanisms(facts, service):
        yield wrong
    for rule in _live(facts, service):
        when = rule.when
        if when.event in ("tls", "tls-established"):
            yield "it fails in the TLS handshake"
        if when.event == "greeting":
            yield "it fails at the greeting"
        if early := _early(rule):
            yield f"it fails at {early}"


def _before_hello(facts: Facts, typed: Typed, protocol: str) -> Iterator[str]:
    """What is otherwise before a client has told the host name that it wants."""
    service = typed.service
    if typed.endpoint.host:
        yield f"{typed.endpoint.host} is typed, which chooses none"
    if service.certificate == "by-name":
        yield "the certificate is wrong for who tells no host name"
    if service.security == "cleartext":
        yield "no host name is told without TLS"
    if service.security == "implicit-tls":
        return
    if service.protocol != protocol:
        yield f"the server speaks {service.protocol}"
    if service.authentication != "required":
        yield "the greeting lets everybody in"
    if protocol == "smtp" and service.max_message_bytes != _SIZE:
        yield "EHLO tells another SIZE before STARTTLS"
    for rule in _live(facts, service):
        if rule.when.event == "greeting":
            yield "it fails at the greeting, before TLS"
        early = _early(rule)
        if early and (early == "STARTTLS" or not rule.when.tls):
            yield f"it fails at {early}, before TLS"


def _live(facts: Facts, service: Service) -> Iterator[Rule]:
    """The rules that can fire: of circumstances that are not in force they do not."""
    return (rule for rule in service.rules if rule.when.state in (None, *facts.state))


def _early(rule: Rule) -> str:
    """The command before the log-in at which the rule may fire."""
    when = rule.when
    if when.event != "command" or when.logged_in or when.password:
        return ""
    early = sorted(_BEFORE_LOGIN.intersection(when.command or _BEFORE_LOGIN))
    return early[0] if early else ""


def _mechanisms(facts: Facts, service: Service) -> str:
    """What is otherwise about how one may log in."""
    imap = service.protocol == "imap"
    side = load_dialect(service.dialect or facts.dialect).side("imap" if imap else "smtp")
    offered = {*offered_mechanisms(service, side)}
    wanted = _TOKEN if facts.customer.oauth2 else _PASSWORD
    by_command = imap and wanted is _PASSWORD and service.mechanisms is None
    if by_command and "LOGINDISABLED" not in (side.capabilities.before_login or []):
        offered |= wanted  # for who has the command LOGIN, it matters to nobody
    if not wanted & offered:
        return f"it offers {' '.join(sorted(offered)) or 'no mechanism'}"
    if service.mechanisms is not None and wanted is _PASSWORD and not wanted <= offered:
        return f"it offers {' '.join(sorted(offered))} only"
    chosen = next((rule.when.mechanism for rule in service.rules if rule.when.mechanism), None)
    return f"it is about the mechanism {' '.join(chosen)}" if chosen else ""
