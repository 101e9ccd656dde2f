"""The table that says on what each case rests."""

from __future__ import annotations

import asyncio
from pathlib import Path

from click.testing import CliRunner

from harness.cli import cli
from harness.results.fairness import COMMAND, fairness
from harness.scenario import builtin_path
from harness.scenario.catalogue import collect


def test_the_table_is_up_to_date() -> None:
    """Otherwise: badinbox list --fairness > scenarios/FAIRNESS.md"""
    written = Path(builtin_path(), "FAIRNESS.md").read_text(encoding="utf-8")
    assert COMMAND in written
    assert asyncio.run(fairness(collect([builtin_path()]), jobs=8)) == written


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
