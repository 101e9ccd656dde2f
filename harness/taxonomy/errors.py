"""The documented errors, with the article's titles and advice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, get_args

from harness.taxonomy.ids import Advice, DocumentedError, Protocol

PROTOCOL_NAMED: Final[Mapping[DocumentedError, Protocol]] = {
    "imap-settings-incorrect": "imap",
    "imap-authentication-error": "imap",
    "imap-confirmation-error": "imap",
    "smtp-settings-incorrect": "smtp",
    "test-email-failed": "smtp",
}
"""The protocol of the documented errors that say which."""


@dataclass(frozen=True)
class ErrorInfo:
    """One documented error: its titles (the French one is the article's) and its ordered advice.

    ``also_titled``: other wordings of the title: short ones, and those of the article in further
    languages (https://knowledge.hubspot.com/de/email-tracking/troubleshoot-imap-inbox-connection,
    …/sv/…; read in 2026-11 as far as they could be).
    """

    title_en: str
    title_fr: str
    advice: tuple[Advice, ...]
    also_titled: tuple[str, ...] = ()


_SETTINGS: Final[tuple[Advice, ...]] = (
    "confirm-server-and-port",
    "meet-technical-requirements",
    "allow-ip-addresses",
)
_UNAUTHORIZED: Final[tuple[Advice, ...]] = (
    "confirm-address-and-password",
    "use-custom-username",
    "use-app-password",
    "check-certificate",
    "allow-ip-addresses",
)

DOCUMENTED_ERRORS: Final[dict[DocumentedError, ErrorInfo]] = {
    "imap-settings-incorrect": ErrorInfo(
        "IMAP settings incorrect",
        "Paramètres IMAP incorrects",
        _SETTINGS,
        (
            *("incorrect IMAP settings", "wrong IMAP settings"),
            *("falsche IMAP-Einstellungen", "IMAP-inställningarna är felaktiga"),
        ),
    ),
    "imap-authentication-error": ErrorInfo(
        "IMAP authentication error",
        "Erreur d'authentification IMAP",
        (
            "confirm-server-and-port",
            *_UNAUTHORIZED,
            "contact-it-or-provider",
            "reduce-simultaneous-connections",
        ),
        ("IMAP auth error", "IMAP authentication failed", "échec d'authentification IMAP"),
    ),
    "imap-confirmation-error": ErrorInfo(
        "IMAP confirmation error",
        "Erreur de confirmation IMAP",
        _SETTINGS,
        ("could not confirm IMAP", "impossible de confirmer IMAP"),
    ),
    "smtp-settings-incorrect": ErrorInfo(
        "SMTP settings incorrect",
        "Paramètres SMTP incorrects",
        _SETTINGS,
        (
            *("incorrect SMTP settings", "wrong SMTP settings"),
            *("falsche SMTP-Einstellungen", "SMTP-inställningar felaktiga"),
        ),
    ),
    "test-email-failed": ErrorInfo(
        "Failed to send test email",
        "Échec de l'envoi d'un e-mail test",
        ("allow-ip-addresses",),
        (
            *("test email failed", "test e-mail failed", "could not send test email"),
            *(
                "échec d'un e-mail test",
                "échec de l'email de test",
                "envoi d'un e-mail test échoué",
            ),
        ),
    ),
    "unauthorized": ErrorInfo(
        "Unauthorized", "Non autorisé", _UNAUTHORIZED, ("non autorisée", "unauthorised")
    ),
    "unauthorized-app-password-required": ErrorInfo(
        "Unauthorized - App password required to connect",
        "Non autorisé - Mot de passe de l'application requis pour la connexion",
        ("use-app-password",),
        (
            *("app password required", "app-specific password required"),
            *("mot de passe d'application requis", "mot de passe d'application spécifique requis"),
        ),
    ),
    "unauthorized-untrusted-certificate": ErrorInfo(
        "Unauthorized - SSL certificates not trusted",
        "Non autorisé \u2013 Certificats SSL non approuvés",
        ("allow-insecure-certificates", "check-certificate"),
        (
            *("SSL certificates not trusted", "untrusted SSL certificates"),
            *("SSL certificate not trusted", "untrusted SSL certificate"),
            *("Certificats SSL non approuvés", "Certificat SSL non approuvé"),
        ),
    ),
    "connected": ErrorInfo("Connected", "Connecté", ()),
    "unclassified": ErrorInfo("Unclassified", "Non classé", ("contact-it-or-provider",)),
}

ADVICE: Final[tuple[Advice, ...]] = get_args(Advice)
