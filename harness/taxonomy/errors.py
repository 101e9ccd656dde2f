"""The documented errors, with the article's titles and advice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

from harness.taxonomy.ids import Advice, DocumentedError


@dataclass(frozen=True)
class ErrorInfo:
    """One documented error: its titles (the French one is the article's) and its ordered advice."""

    title_en: str
    title_fr: str
    advice: tuple[Advice, ...]


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
        "IMAP settings incorrect", "Paramètres IMAP incorrects", _SETTINGS
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
    ),
    "imap-confirmation-error": ErrorInfo(
        "IMAP confirmation error", "Erreur de confirmation IMAP", _SETTINGS
    ),
    "smtp-settings-incorrect": ErrorInfo(
        "SMTP settings incorrect", "Paramètres SMTP incorrects", _SETTINGS
    ),
    "test-email-failed": ErrorInfo(
        "Failed to send test email", "Échec de l'envoi d'un e-mail test", ("allow-ip-addresses",)
    ),
    "unauthorized": ErrorInfo("Unauthorized", "Non autorisé", _UNAUTHORIZED),
    "unauthorized-app-password-required": ErrorInfo(
        "Unauthorized - App password required to connect",
        "Non autorisé - Mot de passe de l'application requis pour la connexion",
        ("use-app-password",),
    ),
    "unauthorized-untrusted-certificate": ErrorInfo(
        "Unauthorized - SSL certificates not trusted",
        "Non autorisé \u2013 Certificats SSL non approuvés",
        ("allow-insecure-certificates", "check-certificate"),
    ),
    "connected": ErrorInfo("Connected", "Connecté", ()),
    "unclassified": ErrorInfo("Unclassified", "Non classé", ("contact-it-or-provider",)),
}

ADVICE: Final[tuple[Advice, ...]] = get_args(Advice)
