"""The other commands."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

import click
import jsonschema
import pytest
from click.testing import CliRunner

from harness.cli import COMMANDS, GROUPS, cli, main
from harness.scenario.living.loaded import NoTarget, target
from harness.scenario.schemas.formats import FormatName
from harness.serving.scenario_library import Library

from .conftest import Badinbox, command, started, until

HEAVY = ("twisted", "aiosmtpd", "trustme", "cryptography", "imapclient", "rich", "pytest")


OF_TOKENS = ("joserfc", "h11")


def imported(arguments: str, names: Sequence[str]) -> str:
    """Which of these modules a command has imported, as Python prints a list."""
    root = Path(command()[1]).parent
    code = (
        "import contextlib, io, sys\n"
        f"sys.path.insert(0, {str(root)!r})\n"
        "import harness.cli\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        f"    assert harness.cli.main({arguments.split()!r}) == 0\n"
        f"print([name for name in {names!r} if name in sys.modules])\n"
    )
    done = subprocess.run([command()[0], "-c", code], capture_output=True, text=True)
    return done.stdout or done.stderr


@pytest.mark.parametrize("arguments", ["--help", "run --help", "list", "--version", "schema"])
def test_nothing_is_imported_before_it_is_used(arguments: str) -> None:
    assert imported(arguments, HEAVY) == "[]\n"


def test_a_run_without_tokens_imports_nothing_for_them() -> None:
    run = "run -q --workers 1"
    assert imported(f"{run} connected/working[implicit-tls]", OF_TOKENS) == "[]\n"
    assert imported(f"{run} connected/tokens-renewed[jwt]", OF_TOKENS) == f"{[*OF_TOKENS]}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_found_where_the_table_says(name: str) -> None:
    command = cli.get_command(click.Context(cli, **cli.context_settings), name)
    assert command and command.name == name


def test_no_command_shows_the_help(badinbox: Badinbox) -> None:
    done = badinbox()
    assert done.returncode == 2 and "Test a connector:" in done.stdout + done.stderr


def test_list_as_json_has_what_was_promised(badinbox: Badinbox, scenarios: Path) -> None:
    rows = json.loads(badinbox("list", "--json", "--scenarios", "scenarios").stdout)
    keys = {"id", "title", "reproduces", "stage", "cause", "dialect", "source", "file", "unproven"}
    assert [set(row) for row in rows] == [keys, keys]
    assert rows[1]["cause"] == "app-password-required" and rows[1]["dialect"] == "plain"


def test_show_tells_the_dialogue_and_the_remedy(badinbox: Badinbox, scenarios: Path) -> None:
    done = badinbox("show", "unauthorized-app-password-required", "--scenarios", "scenarios")
    assert done.returncode == 0, done.stderr
    assert "NO [ALERT] Application-specific password required" in done.stdout
    assert "customer.password: account -> app-password" in done.stdout
    assert "verdict: passed" in done.stdout and "Tr0ub4dor" not in done.stdout


def test_show_tells_what_else_is_right_and_why(badinbox: Badinbox) -> None:
    done = badinbox("show", "imap-authentication-error/tls-required")
    assert "  right, too  connected: it used STARTTLS" in done.stdout


def test_show_tells_what_a_case_waits_for(badinbox: Badinbox) -> None:
    done = badinbox("show", "imap-confirmation-error/silent-at-select")
    assert "  waits for   a time-out of 1 s, which the connector is told" in done.stdout


def test_validate(badinbox: Badinbox, scenarios: Path) -> None:
    done = badinbox("validate", "scenarios")
    assert (done.returncode, done.stdout) == (0, "2 cases in 2 files: all right\n")


def test_schemas_are_schemas() -> None:
    assert CliRunner().invoke(cli, ["schema"]).stdout
    for name in get_args(FormatName):
        schema = json.loads(CliRunner().invoke(cli, ["schema", name]).stdout)
        jsonschema.Draft202012Validator.check_schema(schema)
        told = list(descriptions(schema))
        ours = re.compile(r"docstring|``|>>>|\b(None|Raises|module|self)\b|model_|fakeservers\.")
        assert told and [each for each in told if ours.search(each)] == [], name


def descriptions(schema: object) -> Iterator[str]:
    """All that a schema says to people."""
    if isinstance(schema, dict) and isinstance(schema.get("description"), str):
        yield schema["description"]
    for part in schema.values() if isinstance(schema, dict) else ():
        yield from descriptions(part)
    for part in schema if isinstance(schema, list) else ():
        yield from descriptions(part)


REPLY = "a1 NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)"


def test_explain_one() -> None:
    arguments = ["explain", "--protocol", "imap", "--stage", "imap-login", REPLY]
    words = CliRunner().invoke(cli, arguments)
    assert "bad-credentials" in words.stdout
    as_json = CliRunner().invoke(cli, [*arguments, "--json"])
    assert json.loads(as_json.stdout)["error"] == "unauthorized"


def test_explain_many_answers_every_line(badinbox: Badinbox, tmp_path: Path) -> None:
    good = json.dumps({"protocol": "imap", "stage": "imap-login", "reply": REPLY})
    wrong_stage = json.dumps({"protocol": "smtp", "stage": "imap-login", "reply": REPLY})
    lines = [good, "{", "[]", '{"protocol": "imap"}', wrong_stage, "", "[" * 100_000, good]
    (tmp_path / "in.jsonl").write_bytes("\n".join(lines).encode() + b"\n\xff\n" + good.encode())
    done = badinbox("explain", "--jsonl", "in.jsonl")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 2
    assert done.stderr == "badinbox explain: 6 lines could not be read\n"
    assert [answer.get("line") for answer in answers] == [None, 2, 3, 4, 5, 7, None, 9, None]
    assert set(answers[0]) == {"error", "cause", "ask_password", "confidence", "rule"}
    assert answers[0] == answers[-1] and answers[0]["ask_password"] is True
    assert all(
        answer["problem"] and answer["error"] is None for answer in answers if "line" in answer
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["explain", "text"],
        ["explain", "--protocol", "imap", "--stage", "smtp-login", "text"],
        ["explain", "--jsonl", "nowhere.jsonl"],
        ["explain", "--jsonl", "-", "text"],
    ],
)
def test_explain_bad_usage(badinbox: Badinbox, arguments: list[str]) -> None:
    done = badinbox(*arguments)
    assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr


CHECK = ["check", "--imap-host", "127.0.0.1", "--smtp-host", "127.0.0.1", "--email", "a@b.test"]


def test_check_says_what_failed(badinbox: Badinbox, closed_port: str) -> None:
    arguments = [*CHECK, "--imap-port", closed_port, "--password-env", "SECRET"]
    done = badinbox(*arguments, SECRET="pässword-1")
    assert done.returncode == 1 and done.stdout.startswith("FAILED connect to IMAP")
    assert "imap-settings-incorrect at imap-connect, cause refused" in done.stdout
    french = badinbox(*arguments, "--lang", "fr", SECRET="x")
    assert "IMAP" in french.stdout and french.stdout != done.stdout
    as_json = badinbox(*arguments, "--json", SECRET="x")
    assert as_json.returncode == 1 and json.loads(as_json.stdout)["cause"] == "refused"


def test_check_never_takes_the_password_on_the_command_line(badinbox: Badinbox) -> None:
    assert badinbox(*CHECK, "--password", "x").returncode == 2
    missing = badinbox(*CHECK, "--password-env", "NO_SUCH_VARIABLE")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "there is no variable NO_SUCH_VARIABLE" in missing.stderr
    nowhere = badinbox(*CHECK)
    assert nowhere.returncode == 2 and "no terminal to ask on" in nowhere.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_serve_until_interrupted(
    badinbox: Badinbox, scenarios: Path, tmp_path: Path, number: signal.Signals
) -> None:
    ports = tmp_path / "ports.json"
    serve = ("serve", "connected/works", "--scenarios", "scenarios", "--ports-file", "ports.json")
    with started(tmp_path, *serve) as serving:
        until(ports.exists, serving)
        settings = json.loads(ports.read_text())["mailboxes"][0]["settings"]
        checked = badinbox(
            "check",
            *("--imap-host", "127.0.0.1", "--imap-port", str(settings["imap"]["port"])),
            *("--smtp-host", "127.0.0.1", "--smtp-port", str(settings["smtp"]["port"])),
            *("--email", settings["email"], "--ca-file", settings["ca_file"]),
            *("--bcc", settings["bcc_address"], "--password-env", "SECRET"),
            SECRET=settings["password"],
        )
        serving.send_signal(number)
        output, errors = serving.communicate(timeout=30)
    assert errors.strip() == "" and serving.returncode == 128 + number, errors
    assert not ports.exists()
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.count("ok    ") == 5
    head, _, live = output.partition("Ready; Ctrl-C ends it.")
    assert settings["password"] in head and settings["ca_file"] in head
    assert "  app password " in head and "  OAuth token  " in head
    assert "imap#0" in live and "smtp#1" in live and settings["password"] not in live


def test_serve_on_a_given_port_and_not_twice(
    badinbox: Badinbox, scenarios: Path, tmp_path: Path, closed_port: str
) -> None:
    taken = badinbox("serve", "connected", "--scenarios", "scenarios", "--imap-port", closed_port)
    assert taken.returncode == 2 and taken.stderr.count("\n") == 1
    assert f"port {closed_port}" in taken.stderr and "in use" in taken.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["connected", "--bind", "0.0.0.0"], "not a loopback address"),
        (["connected", "--bind", "localhost.test"], "IPv4 or IPv6"),
        (["--any", "--bind", "localhost.test"], "IPv4 or IPv6"),
        (
            [*("connected", "unauthorized-app-password-required"), "--bind=::1", "--imap-port=9"],
            "one scenario",
        ),
        (["connected", "--table", "t.xls"], ".csv"),
        (["connected", "--ca", "scenarios/connected/works.yaml/x"], "no authority"),
        (["connected/wroks"], "did you mean"),
        (["--no-api"], "--all"),
    ],
)
def test_serve_bad_usage(
    badinbox: Badinbox, scenarios: Path, arguments: list[str], complaint: str
) -> None:
    done = badinbox("serve", "--scenarios", "scenarios", *arguments)
    assert done.returncode == 2 and complaint in done.stderr, done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["run", ""])
def test_the_help_is_in_groups_with_examples_that_can_be_typed(name: str) -> None:
    shown = CliRunner().invoke(cli, [name, "--help"] if name else ["--help"]).output
    assert max(map(len, shown.splitlines())) <= 80
    _, *parts = re.split(r"^(?=\w[^\n]*:\n)", shown, flags=re.MULTILINE)
    sections = {part.partition(":\n")[0]: part for part in parts}
    if name:
        assert list(sections)[:3] == ["Examples", "What is run", "The connector"]
        assert sections["More"].count("--") == 1, "every other option is in a group"
    else:
        assert list(sections)[1:] == [*GROUPS, "Examples"]
    examples = [line for line in sections["Examples"].splitlines() if "  badinbox " in line]
    assert 4 <= len(examples) <= 6
    for example in examples:
        _, *words = shlex.split(example)
        context = click.Context(cli, **cli.context_settings)
        command: click.Command | None = cli
        while isinstance(command, click.Group):
            command = command.get_command(context, words.pop(0))
        assert command
        command.make_parser(context).parse_args(words)  # raises where there is no such option


@pytest.mark.parametrize(
    "arguments",
    [
        "run {}",
        "show unauthorized/{}",
        "validate {}.yaml",
        "serve {}",
        "judge {}",
        "run unauthorized/bad-password-imap[gmail] --json {}",
    ],
)
def test_a_name_that_no_file_can_have_is_told(arguments: str, capfd: pytest.CaptureFixture[str]):
    assert main(arguments.format("a" * 400).split()) == 2
    assert "fault of badinbox" not in capfd.readouterr().err


def test_nor_can_a_scenario_be_called_so(tmp_path: Path):
    name = "unauthorized/" + "a" * 400
    with pytest.raises(NoTarget, match="no scenario is called"):
        target(name, [tmp_path], lambda file: [])
    assert asyncio.run(Library().dotted(name.replace("/", "."))) is None
