"""What the catalogue covers, and the table that says so."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli import cli
from harness.scenario.catalogue import collect
from harness.scenario.coverage import Row, coverage
from harness.scenario.model import Scenario
from harness.taxonomy import CAUSES
from harness.taxonomy.causes import REASONS, UNREPRODUCED
from tests.catalogue import whole_catalogue

REFUSED = """\
title: Refused
reproduces: smtp-settings-incorrect
stage: smtp-connect
cause: refused
source: RFC 9293
matrix: {security: [starttls, implicit-tls]}
customer: {smtp: {security: <security>}}
smtp: {listen: refused, dialect: exim}
remedy: {advice: contact-it-or-provider, apply: {smtp: {listen: listening}}}
"""


@pytest.fixture(scope="module")
def catalogue() -> list[Scenario]:
    return whole_catalogue()


@pytest.fixture(scope="module")
def rows(catalogue: list[Scenario]) -> list[Row]:
    return coverage(catalogue)


def test_no_row_of_the_catalogue_is_empty_without_a_reason(rows: list[Row]) -> None:
    assert [(r.stage, r.cause) for r in rows if not r.cases and not r.reason] == []


def test_every_cause_at_every_stage_has_a_row(rows: list[Row]) -> None:
    wanted = {(stage, cause) for cause, info in CAUSES.items() for stage in info.stages}
    assert {(row.stage, row.cause) for row in rows} == wanted


def test_every_case_of_a_failure_is_counted_once(
    catalogue: list[Scenario], rows: list[Row]
) -> None:
    counted = {(row.error, row.stage, row.cause): row.cases for row in rows if row.cases}
    failures = [(s.reproduces, s.stage, s.cause) for s in catalogue if s.stage and not s.life]
    assert counted == Counter(failures)


def test_lives_are_told_apart_and_counted_where_there_is_nothing_else(
    catalogue: list[Scenario], rows: list[Row]
) -> None:
    lives = [scenario for scenario in catalogue if scenario.life]
    assert sum(row.cases for row in coverage(lives)) == sum(s.stage is not None for s in lives) > 60
    done = CliRunner().invoke(cli, ["list", "--coverage"])
    assert done.stdout.splitlines()[0].endswith(f"; besides, {len(lives)} lives: life/")


def test_what_is_said_to_be_impossible_has_no_case(rows: list[Row]) -> None:
    assert [row for row in rows if row.cases and (row.cause, row.stage) in REASONS] == []


def test_every_reason_is_about_a_row_and_given_once() -> None:
    pairs = [(gap.cause, stage) for gap in UNREPRODUCED for stage in gap.stages]
    assert len(pairs) == len(set(pairs))
    assert [pair for pair in pairs if pair[1] not in CAUSES[pair[0]].stages] == []


class TestOneFile:
    @pytest.fixture
    def file(self, write) -> Path:
        return write(REFUSED, "refused.yaml")

    def test_the_mode_is_what_was_typed_and_the_dialect_that_of_the_service(self, file) -> None:
        [row] = [row for row in coverage(collect([file])) if row.cases]
        assert row.modes == {"implicit-tls": 1, "starttls": 1, "cleartext": 0}
        assert (row.error, row.dialects) == ("smtp-settings-incorrect", ("exim",))

    def test_the_command_says_what_is_empty(self, file) -> None:
        done = CliRunner().invoke(cli, ["list", "--coverage", str(file)])
        lines = done.stdout.splitlines()
        assert "    refused                             1   1   ·  exim" in lines
        assert "    unreachable                         ·   ·   ·  EMPTY" in lines
        assert lines[-1].startswith("2 cases in 1 rows, 1 dialects; ")
        empty = sum(line.endswith("EMPTY") for line in lines)
        assert lines[-1].endswith(f"; {empty} rows are empty") and empty > 100

    def test_as_json(self, file) -> None:
        done = CliRunner().invoke(cli, ["list", "--coverage", "--json", str(file)])
        [row] = [row for row in json.loads(done.stdout) if row["cases"]]
        assert (row["cause"], row["cases"], row["dialects"]) == ("refused", 2, ["exim"])
        assert row["reason"] is None


def test_the_whole_table_fits_a_terminal() -> None:
    lines = CliRunner().invoke(cli, ["list", "--coverage"]).stdout.splitlines()
    assert max(map(len, lines)) <= 110
    assert lines[-1].endswith("; 0 rows are empty")
