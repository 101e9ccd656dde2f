"""A server's words with all that is the moment's, the machine's or the customer's replaced.

Placeholders are those of a dialect's texts, which a fake fills in; the rest becomes examples.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from fakeservers.dialects.dialect import dialect_names, dialect_text
from fakeservers.dialects.template import escaped
from harness.contract.masking import Masking
from harness.reproducing.credentials import SaidCredentials, said_in, secrets_elsewhere
from harness.reproducing.dialogue import Dialogue

DATE: Final = re.compile(
    r"\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d(?: [+-]\d{4}| GMT)?(?: \([A-Z]{1,5}\))?"
)
ID: Final = re.compile(r"(?<=queued as )\w+|(?<=\bid=)[\w-]+")
CAPABILITIES: Final = re.compile(r"(?<=CAPABILITY )[^\]]+")

_ISO_DATE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?")
_TAGGED: Final = re.compile(r"(?m)^(?!\*)[A-Za-z0-9._-]{1,24} (?=(?:OK|NO|BAD)\b)")
_URL: Final = re.compile(r"(?P<scheme>\w+://)(?P<host>[\w.-]+)(?P<rest>[^\s\])>,]*)")
_ADDRESS: Final = re.compile(r"[\w.!#$%&'*+/=?^`|~-]+@(?:\[[^\]\s]*\]|[\w-]+(?:\.[\w-]+)*)")
_IP: Final = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4})(?![\w.]\w|:\w)",
    re.IGNORECASE,
)
_HOST: Final = re.compile(
    r"(?<![\w.@/{-])(?:[A-Za-z0-9-]+\.)+(?=[A-Za-z0-9-]*[A-Za-z])[A-Za-z][A-Za-z0-9-]+(?![\w}@-]|\.\w)"
)
_TOKEN: Final = re.compile(
    r"(?<![\w{/.=+@-])(?=[\w+/=-]*\d)(?=[\w+/=-]*[A-Za-z])[\w+/=-]{12,}(?![\w}])"
)
_CONTINUED: Final = re.compile(r"[2-5]\d\d-")
_QUERY: Final = re.compile(r"(?<==)(?:(?=[^&\s]*[\d%@])[^&\s]{9,}|[^&\s]{20,})")
_SENDER: Final = re.compile(r"MAIL FROM:\s*<([^>]+)>", re.IGNORECASE)
_RECIPIENT: Final = re.compile(r"RCPT TO:\s*<([^>]+)>", re.IGNORECASE)
_OWN_NAME: Final = re.compile(r"220[ -]([\w-]+(?:\.[\w-]+)+)")
"""What an SMTP server calls itself in its greeting."""
_NO_HOSTS: Final = frozenset({"php", "html", "htm", "txt", "asp", "aspx", "py", "c", "cfg"})


@dataclass(frozen=True)
class Ours:
    """What may be in a server's words that is not the server's own. `words`: what stands for
    each of them, such as `sender` for the sender's address."""

    words: Mapping[str, str] = field(default_factory=dict)
    users: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()

    @functools.cached_property
    def masking(self) -> Masking:
        return Masking(self.secrets)


def ours_in(
    found: Sequence[Dialogue],
    text: str,
    credentials: Sequence[SaidCredentials] | None = None,
    hosts: Sequence[str] = (),
) -> Ours:
    """The names and secrets of the customer, as far as dialogues tell them, and `text`, which is
    all there is with what is no dialogue. `credentials`, `hosts`: where they are known."""
    every = [said_in(dialogue) for dialogue in found] if credentials is None else credentials
    secrets = frozenset(secrets_elsewhere(text)).union(*(each.secrets for each in every))
    users = frozenset[str]().union(*(each.users for each in every))
    return Ours(_names_in(found) | dict.fromkeys(hosts, "host"), users - secrets, secrets)


def _names_in(found: Sequence[Dialogue]) -> dict[str, str]:
    """What servers call themselves, and whom clients named; by what stands for them."""
    words: dict[str, str] = {}
    for dialogue in found:
        greeted = _OWN_NAME.match(next(iter(dialogue.greeting), ""))
        words |= {greeted[1]: "host"} if greeted else {}
        for line in dialogue.said:
            if line.direction == "C":
                words |= dict.fromkeys(_SENDER.findall(line.text), "sender")
                words |= dict.fromkeys(_RECIPIENT.findall(line.text), "recipient")
    return words


def with_placeholders(text: str, ours: Ours) -> str:
    """The text as a template. The longest first, as one word may be in another."""
    text = escaped(ours.masking.text(text).replace("\x01", " "))
    text = _ISO_DATE.sub("{date}", DATE.sub("{date}", ID.sub("{id}", text)))
    text = _TAGGED.sub("{tag} ", text)
    names = {**ours.words, **{user: "user" for user in ours.users if len(user) > 1}}
    for name in sorted(filter(None, names), key=len, reverse=True):
        edge = rf"(?<![\w{{@.-]){re.escape(name)}(?![\w}}@-]|\.\w)"
        text = re.sub(edge, f"{{{names[name]}}}", text, flags=re.IGNORECASE)
    parts, last = [], 0
    for url in _URL.finditer(text):
        parts += [_without_names(text[last : url.start()]), _public(url)]
        last = url.end()
    return "".join([*parts, _without_names(text[last:])])


def _without_names(text: str) -> str:
    text = _ADDRESS.sub("someone@example.test", text)
    text = _IP.sub("{peer}", text)
    text = _HOST.sub(_example, text)
    return _TOKEN.sub(_token, text)


def _example(host: re.Match[str]) -> str:
    name = host[0]
    if name.endswith("example.test") or name.rpartition(".")[2].lower() in _NO_HOSTS:
        return name
    return "host.example.test"


def _token(found: re.Match[str]) -> str:
    if found[0] in _words_of_servers():
        return found[0]
    code = _CONTINUED.match(found[0])  # the reply's own code, and the word that follows it
    return code[0] + _TOKEN.sub(_token, found[0][code.end() :]) if code else "{id}"


def _public(url: re.Match[str]) -> str:
    """An address of a provider's help stays, without what it says about somebody."""
    if url["host"].rstrip(".").lower() in _hosts_of_providers():
        return url["scheme"] + url["host"] + _QUERY.sub("{id}", url["rest"])
    return f"{url['scheme']}host.example.test/"


@functools.cache
def _dialects() -> str:
    return "".join(map(dialect_text, dialect_names()))


@functools.cache
def _hosts_of_providers() -> frozenset[str]:
    return frozenset(url["host"].rstrip(".").lower() for url in _URL.finditer(_dialects()))


@functools.cache
def _words_of_servers() -> frozenset[str]:
    """Words with digits that are no ids: servers say them to everyone."""
    return frozenset(_TOKEN.findall(_dialects()))
