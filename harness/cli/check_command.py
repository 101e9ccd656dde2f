"""`badinbox check`: the built-in checker against any mailbox."""

from __future__ import annotations

import os
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from harness.cli import NOT_PASSED, PASSED
from harness.cli.shared.help import InGroups
from harness.cli.shared.options import (
    CA_FILE,
    SECONDS,
    SECURITY,
    SecondsRange,
    language_option,
    output_file,
)
from harness.cli.shared.printing import say, say_json
from harness.cli.shared.token_options import (
    NAMES,
    by_token,
    oauth2_of,
    refuse_contradictions,
    token_options,
)

if TYPE_CHECKING:
    from fakeservers.dialects.dialect import MailSettings, ServerAddress
    from fakeservers.security import Security
    from harness.check_report import CheckFindings
    from harness.contract.settings import ConnectionSettings, ServerSettings

_PORT: Final = click.IntRange(1, 65535)
_COMMIT: Final = re.compile(r"@([0-9a-f]{7})[0-9a-f]{33}")
_REQUIRED: Final = ("email", "imap_host", "smtp_host")
GROUPS: Final = {
    "The account": ("--email", "--username", "--password-env", "--bcc"),
    "Connected by OAuth, without a password": NAMES,
    "The servers": (
        "--imap-host",
        "--imap-port",
        "--imap-security",
        "--smtp-host",
        "--smtp-port",
        "--smtp-security",
        "--allow-insecure",
        "--ca-file",
        "--source-address",
        "--timeout",
    ),
    "What is printed and written": ("--for", "--lang", "--json", "--report", "--hide-user"),
    "Staying connected": ("--watch", "--interval"),
}
EXAMPLES: Final = (
    ("badinbox check --email anna@example.com", "asks for the rest"),
    (
        "badinbox check --email anna@example.com --token-env TOKEN --imap-host imap.gmail.com "
        "--smtp-host smtp.gmail.com",
        "with an access token",
    ),
)
_AUDIENCES: Final = {"customer": ("customer",), "it": ("it",), "both": ("customer", "it")}


def _server_options(function: Any) -> Any:
    """Host, port and security of both servers."""
    for protocol in ("smtp", "imap"):
        name = protocol.upper()
        for option in (
            click.option(f"--{protocol}-host", metavar="HOST"),
            click.option(
                f"--{protocol}-port", type=_PORT, metavar="N", help="Left out: by the security."
            ),
            click.option(
                f"--{protocol}-security",
                type=SECURITY,
                help=f"How {name} is encrypted.  [default: implicit-tls]",
            ),
        ):
            function = option(function)
    return function


@click.command(cls=InGroups, groups=GROUPS, examples=EXAMPLES)
@_server_options
@click.option("--email", metavar="ADDRESS")
@click.option("--username", metavar="NAME", help="Left out: the e-mail address.")
@click.option(
    "--password-env", metavar="VAR", help="The variable that holds it; left out: it is asked for."
)
@token_options
@click.option("--allow-insecure", is_flag=True, help="Verify errors become warnings.")
@click.option("--bcc", metavar="ADDRESS", help="Where the test e-mail goes; left out: to oneself.")
@click.option("--ca-file", type=CA_FILE, metavar="FILE")
@click.option("--source-address", metavar="ADDRESS", help="The local address to connect from.")
@click.option(
    "--timeout",
    type=SECONDS,
    default=30.0,
    show_default=True,
    metavar="S",
    help="The longest wait in any one step, in seconds.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the diagnosis as JSON only.")
@language_option("what is printed, and of --report")
@click.option(
    "--for", "audience", type=click.Choice(list(_AUDIENCES)), help="Explain it in their words."
)
@click.option(
    "--report",
    type=output_file,
    metavar="FILE",
    help="Write all that was found to a file .md or .html, passwords masked.",
)
@click.option("--hide-user", is_flag=True, help="In the report, no user name either.")
@click.option(
    "--watch",
    is_flag=True,
    help="After the check, stay connected to INBOX and say what changes, until Ctrl-C.",
)
@click.option(
    "--interval",
    type=SecondsRange(1),
    metavar="S",
    help="Seconds between two looks for mail, where the server has no IDLE.  [default: 60]",
)
def check_command(**options: Any) -> int:
    """Check a mailbox in five steps and say what failed, why, and what to do.

    Asks for what is missing, if there is a terminal. Sends one test e-mail. Looks a second time at
    what failed, without logging in again. Passwords and tokens are never taken from the command
    line.
    """
    _refuse_what_does_not_fit(options)
    from harness.check_report import gather
    from harness.cli.check_output import findings_json, print_findings, step_printer

    settings = settings_of(options)
    language, as_json = options["lang"], options["as_json"]
    findings = gather(settings, None if as_json else step_printer(language))
    if as_json:
        say_json(findings_json(findings), None if options["watch"] else 2)
    else:
        print_findings(findings, language, _AUDIENCES.get(options["audience"], ()))
    if options["report"]:
        _write_report(findings, options)
    if options["watch"]:
        return _watch(findings, options)
    return PASSED if findings.diagnosis.error == "connected" else NOT_PASSED


def _refuse_what_does_not_fit(options: dict[str, Any]) -> None:
    refuse_contradictions(options)
    report: Path | None = options["report"]
    if report:
        from harness.check_report.document import FORMS

        if report.suffix.lower() not in FORMS:
            raise click.UsageError(f"--report: {report} ends in none of {', '.join(FORMS)}")
    if options["hide_user"] and not report:
        raise click.UsageError("--hide-user is for --report")
    if options["audience"] and options["as_json"]:
        raise click.UsageError("--for is text, and --json prints none")
    if options["interval"] and not options["watch"]:
        raise click.UsageError("--interval is for --watch")


def _watch(findings: CheckFindings, options: dict[str, Any]) -> int:
    from harness.cli.check_watch import POLL_S, JsonWatchLines, WatchLines, watch

    show = JsonWatchLines() if options["as_json"] else WatchLines(findings, options["lang"])
    return watch(findings, options["interval"] or POLL_S, show)


def _write_report(findings: CheckFindings, options: dict[str, Any]) -> None:
    from harness.check_report.check_findings import without_user
    from harness.check_report.document import FORMS, document
    from harness.files.whole_file import write_file

    report: Path = options["report"]
    shown = without_user(findings) if options["hide_user"] else findings
    now = datetime.now().astimezone()
    text = FORMS[report.suffix.lower()](document(shown, options["lang"], now))
    write_file(report, text.encode())


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
        **_way_in(options),
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
    from fakeservers.dialects.providers import typed_for

    found = typed_for(email)
    if found is None:
        return None
    dialect, settings = found
    domain = email.rpartition("@")[2]
    source = _COMMIT.sub(r"@\1", settings.source)
    say(words["provider"].format(domain=domain, title=dialect.title, source=source), err=True)
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
    port = options[f"{protocol}_port"] or _ask(words, texts["port"], default, _PORT)
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


def _way_in(options: dict[str, Any]) -> dict[str, Any]:
    """The password, or the tokens."""
    if by_token(options):
        return {"authentication": "oauth2", "oauth2": oauth2_of(options)}
    return {"password": _password(options)}


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
