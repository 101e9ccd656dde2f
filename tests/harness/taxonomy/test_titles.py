"""The documented errors by their titles, as people write them."""

from __future__ import annotations

import pytest

from harness.taxonomy import DOCUMENTED_ERRORS, DocumentedError
from harness.taxonomy.titles import LONGEST, error_titled
from tests.table import each_row

TITLED = {
    title: error
    for error, info in DOCUMENTED_ERRORS.items()
    if error not in ("connected", "unclassified")
    for title in (info.title_en, info.title_fr, *info.also_titled)
}


WRITTEN = (
    "{}",
    "« {} »",
    "Bonjour, depuis hier HubSpot affiche : {} ! Merci",
    "Ticket 4711: the customer sees '{}' since Monday.",
)


@each_row(
    (how.format(title), title, error, how) for title, error in TITLED.items() for how in WRITTEN
)
def test_a_title_is_understood_with_a_sentence_around(
    title: str, error: DocumentedError, written: str
) -> None:
    assert error_titled(written.format(title)) == error
    assert error_titled(written.format(title).upper()) == error


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("Parametres IMAP incorrects", "imap-settings-incorrect"),
        ("paramètres imap incorects", "imap-settings-incorrect"),
        ("Les paramètres SMTP sont incorrects", "smtp-settings-incorrect"),
        ("IMAP settings are incorrect", "imap-settings-incorrect"),
        ("Erreur d\u2019authentification IMAP", "imap-authentication-error"),
        ("Echec de l'envoi d\u2019un email test", "test-email-failed"),
        ("Unauthorized\u2014SSL certificates not trusted", "unauthorized-untrusted-certificate"),
        ("Non autorise \u2013 Certificats SSL non approuves", "unauthorized-untrusted-certificate"),
        ("Non autorisé - Mot de passe d'application requis", "unauthorized-app-password-required"),
        ("UNAUTHORISED", "unauthorized"),
        ("IMAP_AUTHENTICATION_ERROR", "imap-authentication-error"),
    ],
)
def test_a_title_is_understood_as_it_is_misspelt(text: str, error: DocumentedError) -> None:
    assert error_titled(text) == error


@pytest.mark.parametrize(
    "text",
    [
        "",
        "IMAP settings are correct",
        "paramètres IMAP corrects",
        "authorized",
        "IMAP authentication",
        "The test email was sent",
        "the app password is stored",
        "connected",
        "x" * LONGEST + " unauthorized",
    ],
)
def test_what_says_otherwise_is_no_title(text: str) -> None:
    assert error_titled(text) is None


@pytest.mark.parametrize("text", ["GET /v1 401 Unauthorized", "unauthorised (401)"])
def test_what_a_web_server_says_is_no_title(text):
    assert error_titled(text) is None
    assert error_titled(f"{text}; HubSpot shows: Unauthorised") == "unauthorized"
