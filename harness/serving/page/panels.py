"""What the panels of the page show: scenarios to choose from, what is to be typed, e-mails."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from harness.contract.settings import ConnectionSettings, OAuth2Settings, ServerSettings
from harness.reports.transcripts import shortened
from harness.scenario.model import Scenario
from harness.scenario.search import fits
from harness.serving.api.models import MessageView
from harness.serving.api.views import message_views
from harness.serving.common.case_names import TESTER
from harness.serving.standing import Standing
from harness.texts import load_page_texts

PAGE: Final = 40
"""How many are shown at first, and with each `more`."""
MOST: Final = 30
LONGEST: Final = 20_000
"""Characters of a message that are shown."""


@dataclass(frozen=True)
class FacetChoice:
    """What was asked for, and what was found."""

    text: str
    error: str
    dialect: str
    tester: str
    errors: Mapping[str, int]
    dialects: Mapping[str, int]
    """How many scenarios there are of each, whatever was asked for."""
    found: Sequence[Scenario]
    shown: int

    @property
    def left_out(self) -> int:
        return max(0, len(self.found) - self.shown)


def choose(scenarios: Sequence[Scenario], query: Mapping[str, str]) -> FacetChoice:
    """The scenarios that the words fit, see `harness.scenario.search.fits`.

    Those in which something is wrong come first.
    """
    text, error, dialect = (query.get(key, "") for key in ("text", "error", "dialect"))
    shown = query.get("shown", "")
    found = [
        each
        for each in scenarios
        if error in ("", each.reproduces) and dialect in ("", each.dialect) and fits(each, text)
    ]
    return FacetChoice(
        text=text,
        error=error,
        dialect=dialect,
        tester=tester_in(query),
        errors=Counter(sorted(each.reproduces for each in scenarios)),
        dialects=Counter(sorted(each.dialect for each in scenarios)),
        found=sorted(found, key=lambda each: each.reproduces == "connected"),
        shown=max(PAGE, int(shown)) if shown.isdecimal() and len(shown) < 6 else PAGE,
    )


def tester_in(given: Mapping[str, str]) -> str:
    """Whoever tests, as typed; empty where that is no name for a tester."""
    tester = given.get("tester", "").strip().lower()
    return tester if re.fullmatch(TESTER, tester) else ""


@dataclass(frozen=True)
class Field:
    """One of them. `changed`: the remedy that is followed has corrected it."""

    name: str
    label: str
    value: str
    changed: bool


def fields(
    settings: ConnectionSettings, before: ConnectionSettings, language: str = "en"
) -> list[Field]:
    """All of them. `before`: what the customer typed first."""
    texts = load_page_texts(language)
    first = dict(_pairs(before, texts))
    return [
        Field(name, texts["fields"][name], value, first.get(name) != value)
        for name, value in _pairs(settings, texts)
    ]


def _pairs(settings: ConnectionSettings, texts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "e-mail", settings.email
    yield "user-name", settings.login
    if settings.oauth2:
        yield from _held(settings.oauth2)
    else:
        yield "password", settings.password
    yield from _server("imap", settings.imap, texts)
    yield from _server("smtp", settings.smtp, texts)
    if settings.allow_insecure_certificates:
        yield "allow-insecure-certificates", texts["yes"]
    if settings.bcc_address:
        yield "bcc", settings.bcc_address
    if settings.ca_file:
        yield "ca-file", settings.ca_file


def _held(held: OAuth2Settings) -> Iterator[tuple[str, str]]:
    yield "access-token", held.access_token or "-"
    yield "refresh-token", held.refresh_token or "-"
    yield "token-endpoint", held.token_endpoint
    yield "client-id", held.client_id
    yield "client-secret", held.client_secret or "-"
    yield "scopes", " ".join(held.scopes)


def _server(
    name: str, server: ServerSettings, texts: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    yield f"{name}-server", server.host
    yield f"{name}-port", str(server.port)
    yield f"{name}-security", texts["security"][server.security]
    if server.source_address:
        yield f"{name}-from-address", server.source_address


@dataclass(frozen=True)
class Received:
    """One of them; `content` with headers."""

    account: str
    when: str
    sender: str
    subject: str
    content: str


@dataclass(frozen=True)
class Inbox:
    """The newest messages. `left_out`: how many older ones there are."""

    messages: Sequence[Received]
    left_out: int


def inbox(standing: Standing) -> Inbox:
    """What has come into the inboxes since the mailbox stands."""
    came = (
        each for each in message_views(standing) if each.uid >= standing.first_uids[each.account]
    )
    views = sorted(came, key=lambda view: view.received, reverse=True)
    shown = [_received(view) for view in views[:MOST]]
    return Inbox(shown, len(views) - len(shown))


def _received(view: MessageView) -> Received:
    # Here, so that a start does without it.
    from email import message_from_string
    from email.policy import default

    content = view.content
    headers = message_from_string(content[:LONGEST], policy=default)
    return Received(
        account=view.account,
        when=view.received[11:19],
        sender=str(headers.get("from", "")),
        subject=str(headers.get("subject", "")),
        content=shortened(content, LONGEST).replace("\r\n", "\n"),
    )
