"""What a real server says, as the data that dialects and scenarios are made of."""

from __future__ import annotations

import datetime
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from fakeservers.conversation import HOSTNAME
from fakeservers.dialects.command_names import SmtpVerb
from fakeservers.dialects.dialect import manners
from fakeservers.dialects.template import escaped
from harness.contract.masking import Masking
from harness.reproducing.making.file import as_yaml
from harness.reproducing.placeholders import CAPABILITIES, DATE, ID
from tests.lab.client import Protocol, Step, Unread
from tests.lab.record.script import BadScript, Named

_OWN_NAME = re.compile(r"S: 220[ -]([\w.-]+)")
_TAG = re.compile(r"(\w+) \S")
_SENDER = re.compile(r"MAIL FROM:<([^>]+)>", re.IGNORECASE)
_RECIPIENT = re.compile(r"RCPT TO:<([^>]+)>", re.IGNORECASE)
_COMMAND = {
    "imap": re.compile(r"\w+ ([A-Za-z]+)"),
    "smtp": re.compile(rf"({'|'.join((*get_args(SmtpVerb), 'STARTTLS'))})\b", re.IGNORECASE),
}
_LOGINS = {"LOGIN", "AUTHENTICATE", "AUTH"}


@dataclass(frozen=True)
class Answer:
    """What the server said to a step, and whether it then closed (FIN) or broke off (RST)."""

    text: str
    ended: Literal["close", "reset"] | None


@dataclass(frozen=True)
class Ours:
    """What may be in a server's words that is not the server's own."""

    peer: str
    user: str
    secrets: tuple[str, ...]


def answer(dialogue: list[str], named: Named, ours: Ours) -> Answer:
    """What was said to the last of the steps, as a dialect has it; and how the dialogue ended.
    Raises BadScript where the dialogue ended before."""
    sent = [n for n, line in enumerate(dialogue) if line.startswith("C: ")]
    end = dialogue[sent[-1] + 1 :] if sent else dialogue
    said = "\n".join(line[3:] for line in end if line.startswith("S: "))
    lines = [part for line in _lines(named.steps) for part in line.split("\r\n")]
    if not said or len(sent) < len(lines):
        raise BadScript(f"{named.name!r} was not said; the last line is {dialogue[-1]!r}")
    notes = " ".join(line for line in end if line.startswith("* "))
    ended: Literal["close", "reset"] | None = None
    if "reset" in notes:
        ended = "reset"
    elif "closes" in notes:
        ended = "close"
    masked = Masking(ours.secrets).text(said)
    return Answer(_with_placeholders(escaped(masked), dialogue, named.steps, ours), ended)


def _with_placeholders(text: str, dialogue: list[str], steps: tuple[Step, ...], ours: Ours) -> str:
    """What is ours, or of the moment, replaced; the longest first, as one may be in another. Where
    two are the same, who has logged in is meant before the recipient, and the sender last."""
    sent = _lines(steps)
    words = {"peer": ours.peer, "host": socket.gethostname()}
    words |= _last(_SENDER, sent, "sender") | _last(_RECIPIENT, sent, "recipient")
    if _LOGINS & set(_commands("imap", sent) + _commands("smtp", sent)):
        words["user"] = ours.user
    names = [found[1] for line in dialogue if (found := _OWN_NAME.match(line))]
    values = {value: name for name, value in words.items() if value}
    values |= dict.fromkeys((*names, HOSTNAME), "host")
    text = DATE.sub("{date}", ID.sub("{id}", CAPABILITIES.sub("{capabilities}", text)))
    for value in sorted(values, key=len, reverse=True):
        text = re.sub(rf"(?<![\w{{]){re.escape(value)}(?![\w}}])", f"{{{values[value]}}}", text)
    tags = [found[1] for line in sent if (found := _TAG.match(line))]
    return re.sub(rf"(?m)^{re.escape(tags[-1])} (?=OK|NO|BAD)", "{tag} ", text) if tags else text


def _lines(steps: tuple[Step, ...]) -> list[str]:
    return [
        step.line if isinstance(step, Unread) else step
        for step in steps
        if isinstance(step, str | Unread)
    ]


def _commands(protocol: Protocol, sent: list[str]) -> list[str]:
    return [found[1].upper() for line in sent if (found := _COMMAND[protocol].match(line))]


def _last(pattern: re.Pattern[str], lines: list[str], name: str) -> dict[str, str]:
    found = [match[1] for line in lines if (match := pattern.search(line))]
    return {name: found[-1]} if found else {}


def dialect_piece(protocol: Protocol, said: Mapping[Named, Answer], source: str) -> str:
    """Named replies in YAML, to be put into a dialect's file."""
    seen = f"{datetime.date.today():%Y-%m}"
    replies = {
        named.name: {
            "text": one.text,
            **({"close": True} if one.ended else {}),
            "source": f"recorded from {source}",
            "seen": seen,
        }
        for named, one in said.items()
    }
    known = manners(protocol)
    parts: dict[str, dict[str, object]] = {}
    for name, reply in replies.items():
        part = "manners" if name.partition("@")[0] in known else "faults"
        parts.setdefault(part, {})[name] = reply
    return as_yaml({protocol: parts})


def scenario_piece(protocol: Protocol, said: Mapping[Named, Answer], source: str) -> str:
    """The source and the rules of a scenario in YAML, in which the server says the same."""
    rules = [
        {
            "when": _when(protocol, named.steps),
            "then": [{"text": one.text}, *([one.ended] if one.ended else [])],
        }
        for named, one in said.items()
    ]
    seen = f"{datetime.date.today():%Y-%m}"
    return as_yaml({"source": f"recorded from {source}, {seen}", protocol: {"rules": rules}})


def _when(protocol: Protocol, steps: tuple[Step, ...]) -> dict[str, str]:
    """The event that the last of these steps is to a fake."""
    sent = _lines(steps)
    commands = _commands(protocol, sent)
    if not sent:
        return {"event": "greeting"}
    if commands[-1:] == ["DATA"] and sent[-1].upper() != "DATA":
        return {"event": "end-of-data"}
    if commands[-1:] and commands[-1] not in _LOGINS:
        return {"event": "command", "command": commands[-1]}
    return {"event": "login" if commands else "command"}
