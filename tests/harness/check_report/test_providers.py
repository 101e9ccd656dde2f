"""Which provider a mailbox is with."""

from __future__ import annotations

import pytest

from fakeservers.dialects.dialect import dialect_names, load_dialect
from harness.check_report.providers import that_greets, typed_for, with_host


def test_the_domain_of_an_address_tells_provider_and_settings() -> None:
    found = typed_for("Anna@GMAIL.com")
    assert found is not None
    dialect, settings = found
    assert (dialect.name, settings.imap.host, settings.imap.port) == (
        "gmail",
        "imap.gmail.com",
        993,
    )
    assert settings.smtp.security == "implicit-tls"


@pytest.mark.parametrize(
    "address", ["anna@example.org", "anna", "", "@", "a@gmail.com.example.org"]
)
def test_of_a_custom_domain_nothing_is_known(address: str) -> None:
    assert typed_for(address) is None


def test_one_domain_has_one_provider() -> None:
    domains = [
        domain
        for name in dialect_names()
        for settings in load_dialect(name).settings
        for domain in settings.domains
    ]
    assert len(domains) == len(set(domains)) > 300


def test_a_server_is_known_by_its_name() -> None:
    outlook = with_host("SMTP.office365.com.")
    assert outlook is not None and outlook.name == "outlook"
    assert with_host("mail.example.org") is None


@pytest.mark.parametrize(
    ("protocol", "line", "name"),
    [
        ("imap", "* OK Gimap ready for requests from 192.0.2.1 abc123\r\n", "gmail"),
        ("smtp", "220 mx.example.org ESMTP Postfix\r\n", "postfix"),
        ("imap", "* OK [CAPABILITY IMAP4rev1] Dovecot (Debian) ready.", "dovecot"),
        ("imap", "* OK IMAP4 ready", None),  # nginx, and Fastmail
        ("smtp", "220 mx.example.org Microsoft ESMTP MAIL Service ready at noon", None),
        ("smtp", "220 mx.example.org ESMTP", None),
        ("imap", "", None),
    ],
)
def test_a_greeting_tells_where_it_is_nobody_elses(
    protocol: str, line: str, name: str | None
) -> None:
    found = that_greets(protocol, line)  # type: ignore[arg-type]
    assert (found and found.name) == name
