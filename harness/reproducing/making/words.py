"""How a server words what is not the failure: its greeting, its mechanisms, its welcome."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from fakeservers.dialects.dialect import load_dialect
from fakeservers.dialects.template import PLACEHOLDERS, fill, wrong_lines
from fakeservers.files.patterns import kept_regex
from fakeservers.sasl import MECHANISMS
from fakeservers.security import Security
from fakeservers.spec import Service
from harness.files.problems import BadInput
from harness.reproducing.dialogue import Dialogue
from harness.reproducing.placeholders import Ours, with_placeholders
from harness.reproducing.token_errors import is_by_token
from harness.scenario.cases import Data
from harness.taxonomy import Protocol

_PASSWORDS: Final = ("PLAIN", "LOGIN", "CRAM-MD5")
_TOKENS: Final = ("XOAUTH2", "OAUTHBEARER")
_LIST: Final = kept_regex(r"(?:^\* |\[)CAPABILITY ([^\]]*)")
_AUTH: Final = kept_regex(r"250[ -]AUTH[ =](.*)")
_LOGIN: Final = kept_regex(r"(?P<tag>\S+) (?:LOGIN|AUTHENTICATE) ", re.IGNORECASE)


@dataclass
class Composed:
    """A scenario as data. `taken`: what was taken over; `unknown`: what could not be known."""

    data: Data
    dialect: str
    lines: list[str]
    """The failing reply, as the scenario words it."""
    taken: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


_WORDS: Final = {"append", "challenge", "http", "raw", "say", "text"}
"""The actions that have a server say words of the scenario's own, not of its dialect."""


def own_words(data: object) -> Iterator[str]:
    """What the rules of a scenario, as data, have servers say in words of its own."""
    if isinstance(data, list):
        for each in data:
            yield from own_words(each)
    elif isinstance(data, dict):
        for key, value in data.items():
            if key == "then":
                actions = value if isinstance(value, list) else [value]
                said = [each for each in actions if isinstance(each, dict)]
                words = (each[name] for each in said for name in sorted(_WORDS & set(each)))
                yield from (text for each in words for text in _texts_in(each))
            else:
                yield from own_words(value)


def _texts_in(words: object) -> Iterator[str]:
    """What is said in an action: of an answer of HTTP the values, which are written anew."""
    if isinstance(words, dict | list):
        for each in words.values() if isinstance(words, dict) else words:
            yield from _texts_in(each)
    else:
        yield str(words)


def as_said(lines: Iterable[str], protocol: Protocol) -> Data:
    """The action that says these lines, which are templates: those that no server of the protocol
    says go as they are. Raises BadInput where they want the client's tag."""
    text = "\n".join(lines)
    wrong = next(wrong_lines(text, protocol), None)
    if wrong is None:
        return {"text": text}
    if "{tag}" in text:
        raise BadInput([f"no scenario can be written of it: {wrong}"])
    plain = fill(text, dict.fromkeys(PLACEHOLDERS, "example"))
    return {"raw": f"{plain}\n".replace("\n", "\r\n").encode().decode("latin-1")}


def worded_service(
    dialogue: Dialogue, protocol: Protocol, security: Security, made: Composed, ours: Ours
) -> Data:
    """A service with the security, and the greeting and mechanisms of the dialogue."""
    service: Data = {} if security == "implicit-tls" else {"security": security}
    if mechanisms := _mechanisms(dialogue, made):
        service["mechanisms"] = mechanisms
    if greeting := [with_placeholders(line, ours) for line in dialogue.greeting]:
        made.taken.append(f"the greeting of {protocol.upper()}")
        listed = any(map(_LIST.search, greeting))
        kept = _kept(made.dialect, {**service, "protocol": protocol}) if listed else []
        said = as_said(_honest(greeting, made, kept), protocol)
        service["rules"] = [{"when": {"event": "greeting"}, "then": [said]}]
    return service


def welcome(dialogue: Dialogue, made: Composed, ours: Ours) -> Iterator[Data]:
    """The rule by which a log-in with the right password is answered as it was recorded."""
    answer = _answer_to_login(dialogue)
    if answer is None:
        return
    from fakeservers.imap.capabilities import after_login
    from fakeservers.spec import Service

    made.taken.append(f"the answer to the log-in of {(dialogue.protocol or '').upper()}")
    kept = after_login(Service(protocol="imap"), load_dialect(made.dialect).side("imap"))
    lines = _honest([with_placeholders(answer, ours)], made, kept)
    right = "token" if is_by_token(dialogue.text) else "account"
    yield {"when": {"event": "login", "password": right}, "then": [as_said(lines, "imap")]}


def _answer_to_login(dialogue: Dialogue) -> str | None:
    """What the server said when it let somebody in, in one line."""
    yes = "235 "
    for line in dialogue.said:
        if line.direction == "C" and (found := _LOGIN.match(line.text)):
            yes = f"{found['tag']} OK"
        elif line.direction == "S" and line.text.startswith(yes):
            return line.text
    return None


def _mechanisms(dialogue: Dialogue, made: Composed) -> list[str]:
    """The SASL mechanisms that the server offered last, as far as fakes know them."""
    offered: list[str] = []
    for line in dialogue.said:
        if line.direction == "S" and (found := _AUTH.match(line.text)):
            offered = found[1].upper().split()
        elif line.direction == "S" and (found := _LIST.search(line.text)):
            names = found[1].upper().split()
            offered = [n[5:] for n in names if n.startswith("AUTH=")] or offered
    known = [name for name in dict.fromkeys(offered) if name in MECHANISMS]
    if left := [name for name in dict.fromkeys(offered) if name not in known]:
        made.unknown.append(f"how {', '.join(left)} goes: fakes do not offer it")
    wanted = _TOKENS if is_by_token(dialogue.text) else _PASSWORDS
    if known and not set(known) & set(wanted):
        return []  # the dialect's, so that what the product has can be tried
    if known:
        made.taken.append("the mechanisms")
    return known


def _kept(dialect: str, service: Data) -> list[str]:
    """The capabilities that a fake has when it greets."""
    from fakeservers.imap.capabilities import before_login  # with all of Twisted

    model = Service.model_validate(service)
    side = load_dialect(dialect).side("imap")
    return before_login(model, side, tls_active=model.security == "implicit-tls")


def _honest(lines: Sequence[str], made: Composed, kept: Sequence[str]) -> Iterator[str]:
    """Lines that promise no more capabilities than the fake keeps."""
    for line in lines:
        if found := _LIST.search(line):
            wanted = found[1].split()
            names = [name for name in wanted if name.upper() in map(str.upper, kept)]
            if left := [name for name in wanted if name not in names]:
                made.unknown.append(
                    f"capabilities that fakes of {made.dialect} leave out: {' '.join(left)}"
                )
            line = line.replace(found[1], " ".join(names))
        yield line
