"""`badinbox list`: dialects, and what becomes of files with mistakes; the coverage table has tests
of its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from fakeservers.dialects.dialect import dialect_names
from harness.cli import cli, main
from harness.scenario import builtin_path


def dialects(*arguments: str) -> list[str]:
    return CliRunner().invoke(cli, ["list", "--dialects", *arguments]).output.splitlines()


def test_it_names_every_dialect_and_what_is_not_known_of_it() -> None:
    head, *rows = dialects()
    assert {row.split()[0] for row in rows} == set(dialect_names())
    of_plain = [row for row in rows if row.startswith("plain ")]
    assert [row.split()[1] for row in of_plain] == ["imap", "smtp"]
    assert all(row.endswith("  -") for row in of_plain)
    (aol,) = [row for row in rows if row.startswith("aol ")]
    assert aol[head.index("not known") :].startswith("greeting, list before TLS")


def test_nothing_goes_with_it() -> None:
    assert dialects("--coverage")[-1].endswith(
        "--dialects lists all dialects: nothing goes with it"
    )


def test_a_remedy_that_cannot_be_shown_is_told() -> None:
    shown = "unauthorized-untrusted-certificate/default-certificate[imap-starttls]"
    chosen = ["list", shown, "unauthorized/address-not-listed"]
    first, second = CliRunner().invoke(cli, chosen).output.splitlines()
    assert "  (confirm-server-and-port: unproven)" in first and "unproven" not in second
    rows = json.loads(CliRunner().invoke(cli, [*chosen, "--json"]).output)
    whys = {row["id"]: row["unproven"] for row in rows}
    assert whys["unauthorized/address-not-listed"] == {}
    assert list(whys[shown]) == ["confirm-server-and-port"]


def test_how_each_is_chosen_at_the_common_ports_is_told() -> None:
    expired = "unauthorized-untrusted-certificate/expired[imap-starttls]"
    chosen = ["list", "--how", "unauthorized/bad-password-imap[gmail]", expired]
    by_user, by_host, _, counts = CliRunner().invoke(cli, chosen).output.splitlines()
    if by_host.startswith("user-name"):
        by_user, by_host = by_host, by_user
    name = "unauthorized.bad-password-imap.gmail@badinbox.test"
    assert by_user.split()[:2] == ["user-name", name]
    assert by_user.endswith("password not-the-password-7")
    assert " at unauthorized-untrusted-certificate.expired.imap-starttls.localhost " in by_host
    assert by_host.endswith("the certificate is expired")
    assert "1 by user-name" in counts and "1 by host-name" in counts
    rows = json.loads(CliRunner().invoke(cli, [*chosen, "--json"]).output)
    assert {row["way"] for row in rows} == {"user-name", "host-name"}
    refused = CliRunner().invoke(cli, ["list", "--how", "--coverage"])
    assert refused.exit_code == 2


def test_at_the_common_ports_nothing_is_chosen_beforehand() -> None:
    for more in ("connected/working[starttls]", "--all", "--imap-port=1"):
        refused = CliRunner().invoke(cli, ["serve", "--any", more])
        assert refused.exit_code == 2
        assert "--any has " in refused.output


def test_a_broken_file_is_left_out_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(builtin_path() / "unauthorized", tmp_path / "unauthorized")
    broken = tmp_path / "unauthorized" / "broken.yaml"
    broken.write_text("# yaml-language-server: $schema=../scenario.schema.json\ntitle: x\n")
    assert main(["list", "--scenarios", str(tmp_path), "stage=imap-login"]) == 2
    told = capsys.readouterr()
    assert "unauthorized/bad-password-imap[gmail]" in told.out
    assert told.err.count("\n") == 1
    assert f"badinbox: left out: {broken}:2: " in told.err
    assert main(["list", "--scenarios", str(tmp_path), "unauthorized/bad-password-imap"]) == 0
    assert main(["list", "--scenarios", str(tmp_path), "stage=nowhere"]) == 2
    assert str(broken) in capsys.readouterr().err
    assert main(["list", str(broken)]) == 2
