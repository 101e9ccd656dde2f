"""Which provider is meant: by an address, by a server, by what people call it."""

from __future__ import annotations

import pytest

from fakeservers.dialects.dialect import dialect_names, load_dialect
from fakeservers.dialects.providers import provider_in, provider_named, typed_for, with_host


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
    ("name", "dialect"),
    [
        ("Gmail", "gmail"),
        ("gmail.com", "gmail"),
        ("GOOGLE  mail", "gmail"),
        ("imap.gmail.com", "gmail"),
        ("hotmail", "outlook"),
        ("hotmail.co.uk", "outlook"),
        ("office365", "outlook"),
        ("O365", "outlook"),
        ("Microsoft 365", "outlook"),
        ("web.de", "gmx"),
        ("1&1", "ionos"),
        ("Exchange", "exchange"),
        ("Exchange Online", "outlook"),
        ("postfix", "postfix"),
        ("example.org", None),
        ("", None),
    ],
)
def test_a_provider_goes_by_many_names(name: str, dialect: str | None) -> None:
    assert provider_named(name) == dialect


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("Non autorisé, avec une boîte Office\n365", "outlook"),
        ("we are on exchange online since May", "outlook"),
        ("our Exchange does not answer", "exchange"),
        ("anna@hotmail.fr cannot be connected.", "outlook"),
        ("it is plain to see that orangerie.example is none", None),
        ("my-gmail.com.example.org", None),
        ("nothing of the kind", None),
    ],
)
def test_a_provider_is_named_in_a_text(text: str, dialect: str | None) -> None:
    assert provider_in(text) == dialect


def test_one_name_is_one_provider() -> None:
    names = [name for each in dialect_names() for name in load_dialect(each).names]
    assert len(names) == len(set(names)) > 70
    assert [name for name in names if name != name.lower()] == []
    assert not set(names) & set(dialect_names())
