"""Without a log: a documented error's title, and perhaps the provider, are all that is known."""

from __future__ import annotations

import json

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
    assert "no server's words are in it" in capsys.readouterr().out
    assert main(["run", str(file)]) == 0


@pytest.mark.parametrize(
    ("wanted", "complaint"),
    [
        (["--error", "imap-settings"], "did you mean 'imap-settings-incorrect'"),
        (
            ["--error", "unauthorized-app-password-required", "--provider", "qmail"],
            "no scenario has",
        ),
        ([], "give a LOG, or --error TEXT"),
    ],
)
def test_what_is_not_known_is_told_in_one_line(capsys, wanted, complaint):
    assert main(["reproduce", *wanted]) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1


TICKETS = [
    (
        "Non autorisé - Mot de passe de l'application requis pour la connexion",
        ("unauthorized-app-password-required", None, "app-password-required", True),
    ),
    (
        "Bonjour,\nHubSpot affiche « Parametres SMTP incorrects ». Merci",
        ("smtp-settings-incorrect", None, None, False),
    ),
    ("UNAUTHORISED, says HubSpot of our o365 mailbox", ("unauthorized", None, None, True)),
    ("Échec de l'envoi d'un e-mail test", ("test-email-failed", None, None, False)),
    (
        "Unauthorized - SSL certificates not trusted",
        ("unauthorized-untrusted-certificate", None, None, False),
    ),
]


@pytest.mark.parametrize(("ticket", "told"), TICKETS)
def test_a_ticket_with_nothing_but_a_title_is_understood(reproduce, ticket, told):
    made = reproduce(ticket, "--json")
    assert made.code == 0, made.err
    found = json.loads(made.out)
    assert (found["error"], found["stage"], found["cause"], found["ask_password"]) == told
    assert found["reply"] is None and found["line"] is None
    assert (found["cause"] is None) == bool(found["candidates"])
    assert made.data["reproduces"] == found["error"]
    assert [case["verdict"] for case in made.run()] == ["passed"] * len(made.run())


def test_a_title_with_a_provider_leads_to_the_provider_s_scenario(reproduce):
    made = reproduce("Mot de passe d'application requis pour une boîte googlemail.com", "--json")
    assert made.data["dialect"] == "gmail"
    assert {each["id"].rpartition("/")[0] for each in json.loads(made.out)["nearest"]} == {
        "unauthorized-app-password-required"
    }


def test_where_a_provider_s_words_are_not_known_another_s_stand_in(reproduce):
    made = reproduce("App password required, asks hotmail", "--json")
    assert made.data["dialect"] == "plain"
    assert "how outlook words it: no scenario has that" in json.loads(made.out)["assumed"]
