"""The table that says on what each case rests."""

from __future__ import annotations

from click.testing import CliRunner

from harness.cli import cli


def test_a_part_of_the_table() -> None:
    said = CliRunner().invoke(cli, ["list", "--fairness", "imap-authentication-error/no-reason"])
    assert (
        "| no-reason (3 cases) | unspecified | our reading, *not exact* | imap-login-fai"
        in said.output
    )
    assert "| **unauthorized** (bad-credentials): RFC 9051 section 6.2.3" in said.output


def test_it_goes_with_no_other_table() -> None:
    for other in ("--coverage", "--json", "--dialects"):
        assert CliRunner().invoke(cli, ["list", "--fairness", other]).exit_code == 2
