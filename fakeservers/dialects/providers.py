"""Which provider is meant: by the domain of an address, a server's name, what people call it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from fakeservers.dialects.dialect import Dialect, MailSettings, dialect_names, load_dialect


def typed_for(address: str) -> tuple[Dialect, MailSettings] | None:
    """The provider of an e-mail address and what its customers type; None: not known.

    Only the providers' own domains are known; nothing is looked up for any other.
    """
    domain = address.rpartition("@")[2].lower()
    return _by_domain().get(domain)


def with_host(host: str) -> Dialect | None:
    """The provider that tells its customers to type this host name."""
    return _by_host().get(host.lower().rstrip("."))


def provider_named(name: str) -> str | None:
    """The dialect that goes by this name, whatever the case: its own, that of one of its domains
    or servers, or what people call it (`Gmail`, `hotmail.fr`, `o365`); None: none does."""
    return _by_name().get(" ".join(name.lower().split()))


def provider_in(text: str) -> str | None:
    """The dialect whose name stands in a text, the longest name first; None: none does.

    >>> provider_in("Non autorisé, avec une boîte Office 365")
    'outlook'
    """
    found = _any_name().findall(" ".join(text.lower().split()))
    return _by_name()[max(found, key=len)] if found else None


def _settings() -> Iterator[tuple[Dialect, MailSettings]]:
    for name in dialect_names():
        dialect = load_dialect(name)
        for settings in dialect.settings:
            yield dialect, settings


@cache
def _by_domain() -> dict[str, tuple[Dialect, MailSettings]]:
    return {domain: found for found in _settings() for domain in found[1].domains}


@cache
def _by_host() -> dict[str, Dialect]:
    return {
        server.host: dialect
        for dialect, settings in _settings()
        for server in (settings.imap, settings.smtp)
    }


@cache
def _by_name() -> dict[str, str]:
    """Of every name the dialect; where two have it, that which is called so itself."""
    domains = {domain: dialect.name for domain, (dialect, _) in _by_domain().items()}
    hosts = {host: dialect.name for host, dialect in _by_host().items()}
    called = {each: name for name in dialect_names() for each in load_dialect(name).names}
    return domains | hosts | called | {name: name for name in dialect_names()}


@cache
def _any_name() -> re.Pattern[str]:
    """Any of them, as words of their own; but `plain`, which is nobody's dialect."""
    names = sorted((re.escape(name) for name in _by_name() if name != "plain"), key=len)
    return re.compile(rf"(?<![\w.-])(?:{'|'.join(reversed(names))})(?![\w-])")
