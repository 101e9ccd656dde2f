"""What `badinbox explain` says about the order of the rules."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

from click.testing import CliRunner

from harness.cli import cli
from tests.harness.cli.conftest import command, environment


def _explained(stage: str, reply: str, *options: str) -> str:
    arguments = ["explain", "--protocol", stage[:4], "--stage", stage, reply, *options]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def _as_json(stage: str, reply: str) -> dict[str, Any]:
    return json.loads(_explained(stage, reply, "--json"))  # type: ignore[no-any-return]


def test_the_rule_that_decided_comes_first_and_says_what_it_found() -> None:
    reply = "a1 NO [AUTHENTICATIONFAILED] Application-specific password required"
    reasons = _explained("imap-login", reply).split("\n\n")[-1].splitlines()
    assert reasons[0] == "Rule app-password matched; 3 weaker ones also did."
    assert reasons[1] == '  matched  words "Application-specific password"'
    assert reasons[2].startswith("  place    ") and "tier 40: Words at a log-in" in reasons[2]
    assert reasons[3] == "  source   https://support.google.com/accounts/answer/185833"
    assert reasons[4].startswith("Rules are tried by tier, then by place; the first that matches")
    assert reasons[5].startswith("code-authentication-failed-in-words-we-do-not-know: unspecified")
    start = reasons.index("code-authentication-failed: bad-credentials")
    assert reasons[start : start + 2] == [
        "code-authentication-failed: bad-credentials",
        "  matched  response code AUTHENTICATIONFAILED",
    ]


def test_words_of_other_languages_are_shown_as_they_are_read() -> None:
    said = _explained("imap-login", "a1 NO Für IMAP ist ein anwendungsspezifisches Passwort nötig")
    assert 'matched  words as read: "app password"' in said


def test_candidates_are_listed() -> None:
    said = _explained("imap-login", "a1 NO LOGIN failed")
    assert "  lists    bad-credentials, imap-disabled" in said


def test_a_rule_that_a_temporary_refusal_bars_is_passed_over() -> None:
    said = _explained("smtp-login", "454 4.7.0 Invalid credentials")
    assert "bad-credentials-words: bad-credentials, passed over, for the refusal is temp" in said


def test_no_rule() -> None:
    assert "No rule matched: the stage alone decided." in _explained("smtp-login", "599 huh")


def test_json_has_the_same_order() -> None:
    answer = _as_json("smtp-login", "535 5.7.8 Error: authentication failed: Invalid user")
    assert [rule["id"] for rule in answer["rules"]] == [answer["rule"], *answer["other_rules"]]
    places = [(rule["tier"], rule["place"]) for rule in answer["rules"]]
    assert places == sorted(places) and len(places) > 1
    first = answer["rules"][0]
    assert first["matched"] == ['words "Invalid user"'] and first["source"] and first["about"]


def test_a_terminal_gets_lines_that_fit() -> None:
    ours, theirs = os.openpty()
    reply = "a1 NO LOGIN failed"
    asked = ["explain", "--protocol", "imap", "--stage", "imap-login", reply]
    subprocess.run(
        command(*asked), stdout=theirs, env=environment(COLUMNS="60"), check=True, timeout=60
    )
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 65536):
            seen += chunk
    except OSError:  # Linux's way to say that the other end is closed
        pass
    os.close(ours)
    lines = seen.decode().splitlines()
    assert max(map(len, lines)) <= 60
    assert "  lists    bad-credentials, imap-disabled," in lines


def test_without_a_stage_one_is_assumed_and_told() -> None:
    refused = "(535, b'5.7.8 Username and Password not accepted')"
    for text in (f"smtplib.SMTPAuthenticationError: {refused}", r"535-5.7.8 No\r\n535 5.7.8 Never"):
        result = CliRunner().invoke(cli, ["explain", text])
        assert result.exit_code == 0, result.output
        assert result.stdout.startswith("stage         smtp-login (assumed)\nerror         unauth")
    told = json.loads(
        CliRunner().invoke(cli, ["explain", "a1 NO [AUTHENTICATIONFAILED] no", "--json"]).stdout
    )
    assert (told["stage"], told["stage_assumed"]) == ("imap-login", True)


def test_a_text_without_a_reply_has_no_stage_to_assume() -> None:
    result = CliRunner().invoke(cli, ["explain", "good morning"])
    assert result.exit_code == 2 and "no reply was found in TEXT" in result.stderr


def test_what_a_token_endpoint_answers_is_explained_and_no_token_is_shown() -> None:
    body = r'{"error":"invalid_grant","refresh_token":"1//0a-secret-secret0"}'
    text = rf"HTTP/1.1 400 Bad Request\n\n{body}"
    for how in (["--json"], ["--protocol", "oauth", "--json"], ["--stage", "oauth-token"]):
        result = CliRunner().invoke(cli, ["explain", *how, text])
        assert result.exit_code == 0
        assert "token-revoked" in result.output and "secret-secret" not in result.output


def test_a_stage_of_another_protocol() -> None:
    asked = ["explain", "--protocol", "oauth", "--stage", "imap-login", "x"]
    result = CliRunner().invoke(cli, asked)
    assert result.exit_code and "stages: oauth-token" in f"{result.output}{result.exception}"
