"""A server's words with all that is the moment's, the machine's or the customer's replaced.

Placeholders are those of a dialect's texts, which a fake fills in; the rest becomes examples.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from fakeservers.dialects.dialect import dialect_names, dialect_text
from fakeservers.dialects.template import escaped
from fakeservers.files.kept import kept
from fakeservers.files.patterns import kept_regex
from harness.contract.masking import Masking
from harness.reproducing.credentials import SaidCredentials, said_in, secrets_elsewhere
from harness.reproducing.dialogue import Dialogue

DATE: Final = kept_regex(
    r"\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d(?: [+-]\d{4}| GMT)?(?: \([A-Z]{1,5}\))?"
)
ID: Final = kept_regex(r"(?<=queued as )\w+|(?<=\bid=)[\w-]+")
CAPABILITIES: Final = kept_regex(r"(?<=CAPABILITY )[^\]]+")

_ISO_DATE: Final = kept_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?")
_TAGGED: Final = kept_regex(r"(?m)^(?!\*)[A-Za-z0-9._-]{1,24} (?=(?:OK|NO|BAD)\b)")
_URL: Final = kept_regex(r"(?<!\w)(?P<scheme>\w+://)(?P<host>[\w.-]+)(?P<rest>[^\s\])>,]*)")
_LOCAL: Final = r"\w.!#$%&'*+/=?^`|~-"
_ADDRESS: Final = kept_regex(
    # It begins where nothing of it stands before, so that a long word is read once.
    rf"(?<![{_LOCAL}])[{_LOCAL}]+@(?:\[[^\]\s]*\]|[\w-]+(?:\.[\w-]+)*)"
)
_IP: Final = kept_regex(
    # One of IPv4, which may stand in one of IPv6, and behind a colon.
    r"(?:(?<![\w.:])(?:[0-9a-f]{0,4}:){2,6})?(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\w)"
    # One of IPv6, also as `[IPv6:...]` (RFC 5321, 4.1.3); behind it stands at most a port.
    r"|(?:(?<![\w.:])|(?<=\bIPv6:))(?:(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}"
    r"|[0-9a-f]{4}::[0-9a-f]{1,4})(?!\w|\.\w|:(?!\d{1,5}(?![\w:]))\w)",
    re.IGNORECASE,
)
_HOST: Final = kept_regex(
    r"(?<![\w.@/{-])(?:[A-Za-z0-9-]+\.)+(?=[A-Za-z0-9-]*[A-Za-z])[A-Za-z][A-Za-z0-9-]+(?![\w}@-]|\.\w)"
)
_TOKEN: Final = kept_regex(
    r"(?<![\w{/.=+@-])(?=[\w+/=-]*\d)(?=[\w+/=-]*[A-Za-z])[\w+/=-]{12,}(?![\w}])"
)
_STATUS: Final = kept_regex(
    r"[2-5]\d\d(?:[ -](?:[245]\.\d{1,3}\.\d{1,3}(?!\S))?|$)"
    r"|(?:\{tag\} |\* )?(?:OK|NO|BAD|BYE|PREAUTH)\b(?: \[[A-Z][A-Z/-]+(?=[ \]]))?"
)
"""What a line says by codes: the reply code and the enhanced one, the status, the response code."""
_QUERY: Final = kept_regex(r"(?<==)(?:(?=[^&\s]*[\d%@])[^&\s]{9,}|[^&\s]{20,})")
_PERSONAL: Final = kept_regex(
    r"(?<=[?&])(?P<key>user|usr|e?mail|login|name|addr\w*|rcpt|recipient|from|to|sender|ip|host"
    r"|domain|account)=[^&\s]+",
    re.IGNORECASE,
)
_HELP: Final = kept_regex(
    r"help|hilfe|aide|support|faq|wiki|answer|postmaster|policy|policies|troubleshoot|error|knowledge"
    r"|docs?\b|kb\b|learn|blocked|spam|abuse|unblock|sender",
    re.IGNORECASE,
)
_SETTING: Final = kept_regex(r"[A-Za-z_-]+=\d{1,5}")
"""`mail_max_userip_connections=10`: a limit, which is no id."""
_ARN: Final = kept_regex(r"(?<=\barn:)aws[\w-]*:[^\s'\"`]+")
"""What is somebody's at Amazon: account, user, domain."""
_HOME: Final = kept_regex(r"(?P<root>/home/|/Users/|\\Users\\)[^/\\\s:]+")
_FILE: Final = kept_regex(
    r"^.*\.(?:php|html?|txt|aspx?|java|js|ts|rb|dll|exe|jar|log|conf|cfg|ya?ml|json|xml|c|h|cpp|kt)$",
    re.IGNORECASE,
)
_SENTENCE: Final = kept_regex(r"^[\w-]*[a-z]\.[A-Z][a-z]+$")
"""Two sentences without a space between them."""
_CLASS: Final = kept_regex(
    r"^(?:com|org|net|io|de|javax?|jakarta|sun|System|android|MailKit)\.(?:[\w-]+\.)*[A-Z]\w*$"
    r"|^(?:[a-z]\w*\.)+[A-Z]\w+$|^[A-Z]\w*(?:\.[A-Z]\w*)+$"
)
"""The name of a class."""
_MAILBOX: Final = kept_regex(r"^( ?)<(?!DATA>|END-OF-)[^<>@\s{}]+>(?=: (?!Client |Helo |Data ))")
"""A mailbox without its domain, as Postfix names whom it refuses: `<anna>: Relay access denied`."""
_BARE: Final = kept_regex(r"(?<=\bfor sender address )[^\s<>@{}]+")
"""The same as Sendmail has it: `Domain name required for sender address anna`."""
_OWNED: Final = kept_regex(r"(?<=\bnot owned by user )[^\s<>@{};,]+")
"""Who logged in, as Postfix has it (its reject_sender_login_mismatch)."""
_LOCKED: Final = kept_regex(
    r"(?<=\b[Aa]ccount )(?!(?:is|has|was|been|access|login|currently|temporarily|permanently)\b)"
    r"[^\s<>@{}]+(?= (?:(?:is|has been|was) )?(?:temporarily |permanently )?"
    r"(?:locked|blocked|disabled|suspended)\b)"
)
"""The name of an account that is shut: `Account anna temporarily locked`."""
_SENDER: Final = kept_regex(r"MAIL FROM:\s*<([^>]+)>", re.IGNORECASE)
_RECIPIENT: Final = kept_regex(r"RCPT TO:\s*<([^>]+)>", re.IGNORECASE)
_OWN_NAME: Final = kept_regex(r"220[ -]([\w-]+(?:\.[\w-]+)+)")
"""What an SMTP server calls itself in its greeting."""


@dataclass(frozen=True)
class Ours:
    """What may be in a server's words that is not the server's own. `words`: what stands for
    each of them, such as `sender` for the sender's address."""

    words: Mapping[str, str] = field(default_factory=dict)
    users: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    """Of the customer's own addresses and hosts."""

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
    names = _names_in(found) | dict.fromkeys(hosts, "host")
    domains = frozenset(_domains_in(text, names))
    return Ours(names, users - secrets, secrets, domains)


def _domains_in(text: str, names: Mapping[str, str]) -> Iterator[str]:
    """The customer's own domains: those of addresses and of servers, but for the providers'."""
    told = (address.rpartition("@")[2] for address in _ADDRESS.findall(text))
    for domain in map(registered, {*told, *names}):
        if domain and domain not in _domains_of_providers():
            yield domain


def registered(host: str) -> str:
    """The domain under which somebody may have registered a host, roughly."""
    labels = host.lower().strip(".[]<>").split(".")
    if len(labels) < 2 or labels[-1].isdigit():
        return ""
    short = len(labels[-1]) == 2 and len(labels[-2]) <= 3
    return ".".join(labels[-3 if short else -2 :])


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
    """The text as a template. What its lines say by codes is never touched."""
    return "\n".join(_line(line, ours) for line in text.split("\n"))


def _line(line: str, ours: Ours) -> str:
    line = _TAGGED.sub("{tag} ", line)
    status = _STATUS.match(line)
    codes = status[0] if status else ""
    said = _MAILBOX.sub(r"\1<someone@example.test>", line[len(codes) :])
    for bare in (_BARE, _OWNED, _LOCKED):
        said = bare.sub("someone@example.test", said)
    return codes + _words(said, ours)


def _words(text: str, ours: Ours) -> str:
    """The longest first, as one word may be in another."""
    text = escaped(ours.masking.text(text).replace("\x01", " "))
    text = _ISO_DATE.sub("{date}", DATE.sub("{date}", ID.sub("{id}", text)))
    text = _ARN.sub("{id}", text)
    text = _HOME.sub(r"\g<root>someone", text)
    names = {**ours.words, **{user: "user" for user in ours.users if len(user) > 1}}
    for name in sorted(filter(None, names), key=len, reverse=True):
        edge = rf"(?<![\w{{@.-]){re.escape(name)}(?![\w}}@-]|\.\w)"
        text = re.sub(edge, f"{{{names[name]}}}", text, flags=re.IGNORECASE)
    for domain in ours.domains:
        own = rf"(?<![\w-])(?:(?:\*|[\w-]+)\.){{0,20}}{re.escape(domain)}(?![\w-])"
        text = re.sub(own, "host.example.test", text, flags=re.IGNORECASE)
    parts, last = [], 0
    for url in _URL.finditer(text):
        parts += [_without_names(text[last : url.start()]), _public(url, ours)]
        last = url.end()
    return "".join([*parts, _without_names(text[last:])])


def _without_names(text: str) -> str:
    text = _ADDRESS.sub("someone@example.test", text)
    text = _IP.sub("{peer}", text)
    text = _HOST.sub(_example, text)
    return _TOKEN.sub(_token, text)


def _example(host: re.Match[str]) -> str:
    name = host[0]
    if name.endswith("example.test") or any(p.match(name) for p in (_FILE, _SENTENCE, _CLASS)):
        return name
    page = host.string[host.end() : host.end() + 1] == "/"
    return name if page and registered(name) in _domains_of_providers() else "host.example.test"


def _token(found: re.Match[str]) -> str:
    known = found[0] in _words_of_servers() or _SETTING.fullmatch(found[0])
    return found[0] if known else "{id}"


def _public(url: re.Match[str], ours: Ours) -> str:
    """An address of a help page stays, without what it says about somebody."""
    host, rest = url["host"].rstrip(".").lower(), url["rest"]
    domain = registered(host)
    public = host in _hosts_of_providers() or domain in _domains_of_providers()
    about_help = _HELP.search(f"{host}{rest}") is not None and domain not in ours.domains
    if domain and (public or about_help):
        rest = _PERSONAL.sub(r"\g<key>={id}", rest)
        rest = _IP.sub("{peer}", _ADDRESS.sub("someone@example.test", _QUERY.sub("{id}", rest)))
        return url["scheme"] + url["host"] + rest
    return f"{url['scheme']}host.example.test/"


@functools.cache
def _dialects() -> str:
    return "".join(map(dialect_text, dialect_names()))


@functools.cache
def _hosts_of_providers() -> frozenset[str]:
    return kept("hosts-of-providers", _read_hosts)


def _read_hosts() -> frozenset[str]:
    return frozenset(url["host"].rstrip(".").lower() for url in _URL.finditer(_dialects()))


@functools.cache
def _domains_of_providers() -> frozenset[str]:
    """Of the providers that dialects know: their help pages, and the addresses they give out."""
    return kept("domains-of-providers", _read_domains)


def _read_domains() -> frozenset[str]:
    pages = (registered(host) for host in _hosts_of_providers())
    addresses = (
        registered(word)
        for listed in re.findall(r"domains:\s*\[([^\]]*)\]", _dialects())
        for word in re.split(r"[,\s]+", listed)
    )
    return frozenset(filter(None, (*pages, *addresses))) - {"example.test"}


@functools.cache
def _words_of_servers() -> frozenset[str]:
    """Words with digits that are no ids: servers say them to everyone."""
    return kept("words-of-servers", lambda: frozenset(_TOKEN.findall(_dialects())))
