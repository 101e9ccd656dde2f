"""What was typed on the command line of `check`, and questions about what was not."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from fakeservers.dialects.dialect import MailSettings, ServerAddress
    from harness.contract.settings import ConnectionSettings, Security, ServerSettings

SECURITY: Final = click.Choice(["implicit-tls", "starttls", "cleartext"])
PORT: Final = click.IntRange(1, 65535)
_COMMIT: Final = re.compile(r"@([0-9a-f]{7})[0-9a-f]{33}")
_REQUIRED: Final = ("email", "imap_host", "smtp_host")


def settings_of(options: dict[str, Any]) -> ConnectionSettings:
    """The settings, asked for on the terminal as far as they are missing. Raises UsageError where
    there is no terminal."""
    from harness.contract.settings import ConnectionSettings

    missing = [name for name in _REQUIRED if not options[name]]
    if missing:
        _require_terminal(missing)
        options = _completed(options)
    return ConnectionSettings(
        email=options["email"],
        username=options["username"],
        password=_password(options),
        imap=_server(options, "imap"),
        smtp=_server(options, "smtp"),
        allow_insecure_certificates=options["allow_insecure"],
        bcc_address=options["bcc"],
        ca_file=str(options["ca_file"]) if options["ca_file"] else None,
        timeout_s=options["timeout"],
    )


def _require_terminal(missing: list[str]) -> None:
    if not sys.stdin.isatty():
        names = ", ".join(f"--{name.replace('_', '-')}" for name in missing)
        raise click.UsageError(f"give {names}; there is no terminal to ask on")


def _completed(options: dict[str, Any]) -> dict[str, Any]:
    """The options with answers for what is missing; a server that was typed is not asked about."""
    words = _words(options)
    email = options["email"] or _ask(words, words["email"])
    known = _known(email, words)
    answers: dict[str, Any] = {"email": email}
    for protocol in ("imap", "smtp"):
        if not options[f"{protocol}_host"]:
            address = getattr(known, protocol, None)
            answers |= _asked_server(options, protocol, address, words)
    answers["username"] = options["username"] or _ask(words, words["username"], email)
    return {**options, **answers}


def _known(email: str, words: dict[str, Any]) -> MailSettings | None:
    from harness.check_report.providers import typed_for

    found = typed_for(email)
    if found is None:
        return None
    dialect, settings = found
    domain = email.rpartition("@")[2]
    source = _COMMIT.sub(r"@\1", settings.source)
    click.echo(
        words["provider"].format(domain=domain, title=dialect.title, source=source), err=True
    )
    return settings


def _asked_server(
    options: dict[str, Any], protocol: str, known: ServerAddress | None, words: dict[str, Any]
) -> dict[str, Any]:
    from harness.contract.settings import STANDARD_PORTS

    texts = words[protocol]
    host = _ask(words, texts["host"], known.host if known else None)
    security = options[f"{protocol}_security"] or _ask(
        words, texts["security"], known.security if known else "implicit-tls", SECURITY
    )
    usual = STANDARD_PORTS[protocol][security]
    default = known.port if known and known.security == security else usual
    port = options[f"{protocol}_port"] or _ask(words, texts["port"], default, PORT)
    return {f"{protocol}_host": host, f"{protocol}_security": security, f"{protocol}_port": port}


def _ask(
    words: dict[str, Any], text: str, default: Any = None, kind: Any = str, *, hide: bool = False
) -> Any:
    suffix = words["suffix"]
    return click.prompt(
        text, default=default, type=kind, hide_input=hide, prompt_suffix=suffix, err=True
    )


def _server(options: dict[str, Any], protocol: str) -> ServerSettings:
    from harness.contract.settings import STANDARD_PORTS, ServerSettings

    security: Security = options[f"{protocol}_security"] or "implicit-tls"
    return ServerSettings(
        host=options[f"{protocol}_host"],
        port=options[f"{protocol}_port"] or STANDARD_PORTS[protocol][security],
        security=security,
        source_address=options["source_address"],
    )


def _password(options: dict[str, Any]) -> str:
    variable = options["password_env"]
    if variable is None:
        if not sys.stdin.isatty():
            raise click.UsageError("give --password-env VAR; there is no terminal to ask on")
        words = _words(options)
        return str(_ask(words, words["password"], hide=True))
    if variable not in os.environ:
        raise click.UsageError(f"--password-env: there is no variable {variable}")
    return os.environ[variable]


def _words(options: dict[str, Any]) -> dict[str, Any]:
    from harness.texts import load_check_texts

    words: dict[str, Any] = load_check_texts(options["lang"])["questions"]
    return words
