"""In French, `reproduce`, `explain`, `show` and `list` print no sentence of ours in English; data
stays as it is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.classify.rules import _SIGNALS, load_rules
from harness.cli import cli
from harness.reproducing.failure import find_failures
from harness.reproducing.making.choice import of_failure, of_title
from harness.reproducing.material import lines_of, read
from harness.texts import retold
from tests.harness.reproducing.conftest import LOGS, Reproduce

GMAIL = LOGS / "curl-imap.log"
ENGLISH = re.compile(r"(?<![\w-])(?:the|is|are|of|was|not|its?|and|with|no)(?![\w-])")


def told(*arguments: str, language: str = "fr") -> str:
    done = CliRunner().invoke(cli, [*arguments, "--lang", language])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize("log", sorted(LOGS.iterdir()), ids=lambda file: file.stem)
def test_what_was_found_and_assumed_is_told_in_french(log: Path) -> None:
    material = read(lines_of(log.read_bytes()))
    [*_, failure] = find_failures(material)
    made = of_failure(failure, material, None)
    near = [reason for each in made.told.nearest for reason in each.reasons]
    notes = made.scenario.taken + made.scenario.unknown if made.scenario else []
    said = {*near, *notes, *made.told.assumed}
    assert said
    for sentence in said:
        french = retold("reproduced", sentence, "fr")
        assert french != sentence and not ENGLISH.search(french.partition("« ")[0]), french


def test_all_that_is_printed_of_a_failure_is_french(reproduce: Reproduce) -> None:
    english, french = (reproduce(GMAIL, "--force", "--lang", each).out for each in ("en", "fr"))
    assert "mot de passe  peut être redemandé\n" in french
    assert "certitude     probable : des mots courants le disent\n" in french
    assert (
        "proche        unauthorized/bad-password-imap[gmail] : même étape, imap-login ; " in french
    )
    alike = set(english.splitlines()) & set(french.splitlines())
    assert alike == set()
    labels = [{line[:12].strip() for line in text.splitlines()} for text in (english, french)]
    assert labels[0] & labels[1] <= {"cause", ""}


def test_data_is_the_same_in_every_language(reproduce: Reproduce) -> None:
    english, french = (
        json.loads(reproduce(GMAIL, "--all", "--json", "--lang", each).out) for each in ("en", "fr")
    )
    assert english == french


@pytest.mark.parametrize(
    ("log", "options", "complaint"),
    [
        ("all is well; imap, too", (), "la ligne 1 est la plus proche : all is well; imap, too ;"),
        ("nothing", (), "collez la sortie de débogage du client"),
        (" ", (), "il n'y a rien dedans"),
        (GMAIL, ("--provider", "gmial"), "vouliez-vous dire 'gmail' ?"),
    ],
)
def test_where_nothing_comes_of_it_that_is_told_in_french(
    reproduce: Reproduce, log: Path | str, options: tuple[str, ...], complaint: str
) -> None:
    made = reproduce(log, *options, "--lang", "fr")
    assert made.code == 2 and made.err.count("\n") == 1
    assert complaint in made.err
    assert not re.search(r"\b(?:found|paste|nearest|called|nothing in)\b", made.err)


def test_a_title_that_is_none_is_refused_in_french() -> None:
    done = CliRunner().invoke(cli, ["reproduce", "--error", "imap-settings", "--lang", "fr"])
    from harness.files.problems import BadInput

    assert isinstance(done.exception, BadInput)
    assert "n'est pas une erreur documentée ; vouliez-vous dire" in str(done.exception)
    assert of_title("unauthorized", None, "a ticket").told.error == "unauthorized"


def test_why_a_reply_means_that_is_told_in_french() -> None:
    for about in {rule.about for rule in load_rules()} | {"The exact text of a dialect."}:
        assert retold("explained", about, "fr") != about
    for signal in _SIGNALS:
        shown = f"{signal.replace('_', ' ')} x"
        assert retold("explained", shown, "fr") != shown
    reply = "a1 NO [AUTHENTICATIONFAILED] Application-specific password required"
    english, french = (told("explain", reply, language=each) for each in ("en", "fr"))
    assert "  trouvé  mots « Application-specific password »\n" in french
    assert "La règle app-password convient ; 3 règles plus faibles aussi." in french
    alike = set(english.splitlines()) & set(french.splitlines())
    assert [line for line in alike if line and "  source " not in line] == [
        "cause         app-password-required"
    ]


def test_a_scenario_and_its_remedies_are_shown_in_french() -> None:
    shown = told("show", "imap-confirmation-error/silent-at-select")
    assert "  remarqué à   imap-confirm, cause timeout\n" in shown
    assert "verdict : réussi\n" in shown and "  state: crashing -> aucun\n" in shown
    assert "le serveur ne dit plus rien" in shown


def test_what_the_catalogue_covers_is_told_in_french() -> None:
    covered = told("list", "--coverage")
    assert "pas reproduit : le système d'exploitation donne toujours" in covered
    assert "reproduced" not in covered and "EMPTY" not in covered
    assert max(map(len, covered.splitlines())) <= 110
    assert "accueil, liste avant TLS" in told("list", "--dialects")
    how = told("list", "--how", "imap-settings-incorrect/port-refused")
    assert "le port refuse les connexions" in how and " par port à lui" in how
