"""`badinbox check`: the built-in checker against any mailbox."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from harness.cli import NOT_PASSED, PASSED

if TYPE_CHECKING:
    from harness.checker import Step
    from harness.diagnosis import Diagnosis
    from harness.settings import ConnectionSettings

_F = TypeVar("_F", bound=Callable[..., Any])
_SECURITY = click.Choice(["implicit-tls", "starttls", "cleartext"])
_PORT = click.IntRange(1, 65535)
_STEPS: Final = {
    "connect-imap": "connect to IMAP",
    "log-in-imap": "log in to IMAP",
    "connect-smtp": "connect to SMTP",
    "log-in-smtp": "log in to SMTP",
    "send-test-email": "send the test e-mail",
}


def _server_options(function: _F) -> _F:
    """Host, port and security of both servers."""
    for protocol in ("smtp", "imap"):
        name = protocol.upper()
        for option in (
            click.option(f"--{protocol}-host", required=True, metavar="HOST"),
            click.option(
                f"--{protocol}-port", type=_PORT, metavar="N", help="Left out: by the security."
            ),
            click.option(
                f"--{protocol}-security",
                type=_SECURITY,
                default="implicit-tls",
                show_default=True,
                help=f"How {name} is encrypted.",
            ),
        ):
            function = option(function)
    return function


@click.command("check")
@_server_options
@click.option("--email", required=True, metavar="ADDRESS")
@click.option("--username", metavar="NAME", help="Left out: the e-mail address.")
@click.option(
    "--password-env", metavar="VAR", help="The variable that holds it; left out: it is asked for."
)
@click.option("--allow-insecure", is_flag=True, help="Verify errors become warnings.")
@click.option("--bcc", metavar="ADDRESS", help="Where the test e-mail goes; left out: to oneself.")
@click.option(
    "--ca-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE"
)
@click.option("--source-address", metavar="ADDRESS", help="The local address to connect from.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=30.0,
    show_default=True,
    metavar="S",
    help="The longest wait in any one step, in seconds.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the diagnosis as JSON only.")
@click.option("--lang", type=click.Choice(["en", "fr"]), default="en", show_default=True)
def command(**options: Any) -> int:
    """Check a mailbox in five steps and say what failed, why, and what to do.

    Sends one test e-mail. The password is never taken from the command line.
    """
    from harness.checker import check

    settings = _settings(options)
    as_json: bool = options["as_json"]
    diagnosis = check(settings, on_step=None if as_json else _print_step)
    if as_json:
        click.echo(diagnosis.model_dump_json(indent=2))
    else:
        for line in _lines(diagnosis, options["lang"]):
            click.echo(line)
    return PASSED if diagnosis.error == "connected" else NOT_PASSED


def _settings(options: dict[str, Any]) -> ConnectionSettings:
    from harness.settings import STANDARD_PORTS, ConnectionSettings, ServerSettings

    def server(protocol: str) -> ServerSettings:
        security = options[f"{protocol}_security"]
        return ServerSettings(
            host=options[f"{protocol}_host"],
            port=options[f"{protocol}_port"] or STANDARD_PORTS[protocol][security],
            security=security,
            source_address=options["source_address"],
        )

    return ConnectionSettings(
        email=options["email"],
        username=options["username"],
        password=_password(options["password_env"]),
        imap=server("imap"),
        smtp=server("smtp"),
        allow_insecure_certificates=options["allow_insecure"],
        bcc_address=options["bcc"],
        ca_file=str(options["ca_file"]) if options["ca_file"] else None,
        timeout_s=options["timeout"],
    )


def _password(variable: str | None) -> str:
    if variable is None:
        if not sys.stdin.isatty():
            raise click.UsageError("give --password-env VAR; there is no terminal to ask on")
        return str(click.prompt("Password", hide_input=True, err=True))
    if variable not in os.environ:
        raise click.UsageError(f"--password-env: there is no variable {variable}")
    return os.environ[variable]


def _print_step(step: Step) -> None:
    if step.state == "started":
        return
    from harness.reports.explain import visible

    outcome = "ok    " if step.state == "done" else "FAILED"
    click.echo(f"{outcome} {_STEPS[step.name]:<21} {visible(step.detail)} ({step.seconds:.2f} s)")


def _lines(diagnosis: Diagnosis, language: str) -> Iterator[str]:
    from harness.reports.explain import said, visible
    from harness.texts import load_texts

    texts = load_texts(language)
    yield ""
    yield said(diagnosis)
    yield visible(diagnosis.text[language])
    yield from (f"  evidence  {line}" for line in _evidence(diagnosis))
    yield from (f"  warning   {visible(warning)}" for warning in diagnosis.warnings)
    for advice in diagnosis.advice:
        yield f"  advice    {advice}: {visible(texts['advice'][advice])}"


def _evidence(diagnosis: Diagnosis) -> Iterator[str]:
    from harness.reports.explain import visible

    evidence = diagnosis.evidence
    yield from map(visible, evidence.lines)
    for name, value in evidence:
        if name != "lines" and value is not None:
            yield f"{name.replace('_', ' ')} {visible(str(value))}"
