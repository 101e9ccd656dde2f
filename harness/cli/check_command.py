"""`badinbox check`: the built-in checker against any mailbox."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from harness.cli import NOT_PASSED, PASSED
from harness.cli.check_settings import PORT, SECURITY, settings_of
from harness.cli.options import OutputFile
from harness.files.problems import BadInput

if TYPE_CHECKING:
    from harness.check_report import Findings

_F = TypeVar("_F", bound=Callable[..., Any])
_AUDIENCES: Final = {"customer": ("customer",), "it": ("it",), "both": ("customer", "it")}


def _server_options(function: _F) -> _F:
    """Host, port and security of both servers."""
    for protocol in ("smtp", "imap"):
        name = protocol.upper()
        for option in (
            click.option(f"--{protocol}-host", metavar="HOST"),
            click.option(
                f"--{protocol}-port", type=PORT, metavar="N", help="Left out: by the security."
            ),
            click.option(
                f"--{protocol}-security",
                type=SECURITY,
                help=f"How {name} is encrypted.  [default: implicit-tls]",
            ),
        ):
            function = option(function)
    return function


def _watch_options(function: _F) -> _F:
    for option in (
        click.option("--send-each-round", is_flag=True, help="Not in the first round only."),
        click.option("--rounds", type=click.IntRange(1), metavar="N", help="Left out: no end."),
        click.option(
            "--interval",
            type=click.FloatRange(1),
            metavar="S",
            help="Seconds between two checks.  [default: 300]",
        ),
        click.option(
            "--watch",
            is_flag=True,
            help="Check again and again; stop when the log-in is refused. Ctrl-C ends it.",
        ),
    ):
        function = option(function)
    return function


@click.command("check")
@_server_options
@click.option("--email", metavar="ADDRESS")
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
@click.option(
    "--for", "audience", type=click.Choice(list(_AUDIENCES)), help="Explain it in their words."
)
@click.option(
    "--report",
    type=OutputFile(),
    metavar="FILE",
    help="Write all that was found to a file .md or .html, passwords masked.",
)
@click.option("--hide-user", is_flag=True, help="In the report, no user name either.")
@_watch_options
def command(**options: Any) -> int:
    """Check a mailbox in five steps and say what failed, why, and what to do.

    Asks for what is missing, if there is a terminal. Sends one test e-mail. Looks a second time at
    what failed, without logging in again. The password is never taken from the command line.
    """
    _refuse_what_does_not_fit(options)
    if options["watch"]:
        return _watch(options)
    from harness.check_report import gather
    from harness.cli.check_output import findings_json, print_findings, step_printer

    settings = settings_of(options)
    language, as_json = options["lang"], options["as_json"]
    findings = gather(settings, None if as_json else step_printer(language))
    if as_json:
        click.echo(json.dumps(findings_json(findings), indent=2, ensure_ascii=False))
    else:
        print_findings(findings, language, _AUDIENCES.get(options["audience"], ()))
    if options["report"]:
        _write_report(findings, options)
    return PASSED if findings.diagnosis.error == "connected" else NOT_PASSED


def _refuse_what_does_not_fit(options: dict[str, Any]) -> None:
    report: Path | None = options["report"]
    if report:
        _refuse_other_suffixes(report)
    if options["hide_user"] and not report:
        raise click.UsageError("--hide-user is for --report")
    if options["audience"] and options["as_json"]:
        raise click.UsageError("--for is text, and --json prints none")
    needs_watch = [name for name in ("interval", "rounds", "send_each_round") if options[name]]
    if needs_watch and not options["watch"]:
        raise click.UsageError(f"--{needs_watch[0].replace('_', '-')} is for --watch")
    if options["watch"] and (report or options["audience"]):
        raise click.UsageError("--report and --for are for one check, not for --watch")


def _refuse_other_suffixes(report: Path) -> None:
    from harness.check_report.render import FORMS

    if report.suffix.lower() not in FORMS:
        raise click.UsageError(f"--report: {report} ends in none of {', '.join(FORMS)}")


def _watch(options: dict[str, Any]) -> int:
    from harness.checker.watch import Plan
    from harness.cli.check_watch import run_watch

    plan = Plan(options["interval"] or 300.0, options["rounds"], options["send_each_round"])
    settings = settings_of(options)
    return run_watch(settings, plan, language=options["lang"], as_json=options["as_json"])


def _write_report(findings: Findings, options: dict[str, Any]) -> None:
    from harness.check_report.document import document
    from harness.check_report.findings import without_user
    from harness.check_report.render import FORMS
    from harness.reports.files import write_whole

    report: Path = options["report"]
    shown = without_user(findings) if options["hide_user"] else findings
    now = datetime.now().astimezone()
    text = FORMS[report.suffix.lower()](document(shown, options["lang"], now))
    try:
        write_whole(report, text.encode())
    except OSError as error:
        raise BadInput([f"cannot write {report}: {error.strerror}"]) from None
