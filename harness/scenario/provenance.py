"""Where the words of a scenario come from."""

from __future__ import annotations

from collections.abc import Iterator

from fakeservers.actions.reply import Reply
from fakeservers.dialects.dialect import DialectProtocol, UnknownName, load_dialect
from harness.scenario.model import Facts


def reply_sources(facts: Facts) -> Iterator[str]:
    """The sources of the dialects' replies that the rules use; unknown names have none."""
    for service in facts.all_services().values():
        protocol: DialectProtocol = "imap" if service.protocol == "imap" else "smtp"
        for rule in service.rules:
            for action in rule.then:
                if isinstance(action, Reply):
                    yield from _source(service.dialect or facts.dialect, protocol, action.reply)


def _source(dialect_name: str, protocol: DialectProtocol, name: str) -> Iterator[str]:
    try:
        dialect = load_dialect(dialect_name)
        source = dialect.reply(protocol, name).source or dialect.source
    except UnknownName:
        return
    if source:
        yield source
