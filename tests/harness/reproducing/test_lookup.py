"""Without a log: the documented error and the provider are all that is known."""

from __future__ import annotations

import pytest
import yaml

from harness.cli import main


def test_the_provider_s_own_words_are_taken(tmp_path, capsys):
    file = tmp_path / "made.yaml"
    wanted = ["--error", "unauthorized-app-password-required", "--provider", "gmail"]
    assert main(["reproduce", *wanted, "--output", str(file)]) == 0
    data = yaml.safe_load(file.read_text())
    assert data["dialect"] == "gmail"
    assert data["reproduces"] == "unauthorized-app-password-required"
    assert "what the server said: it is the reply" in capsys.readouterr().out
    assert main(["run", str(file)]) == 0


@pytest.mark.parametrize(
    ("wanted", "complaint"),
    [
        (["--error", "unautorized"], "did you mean 'unauthorized'"),
        (
            ["--error", "unauthorized-app-password-required", "--provider", "qmail"],
            "no scenario has",
        ),
        ([], "give a LOG, or --error ID"),
    ],
)
def test_what_is_not_known_is_told_in_one_line(capsys, wanted, complaint):
    assert main(["reproduce", *wanted]) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1
