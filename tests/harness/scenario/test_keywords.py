"""Words with and, or and not, looked for in ids and titles."""

from __future__ import annotations

import pytest

from harness.files.problems import BadInput
from harness.scenario import builtin_path
from harness.scenario.catalogue import collect
from harness.scenario.choosing.keywords import matching

GMAIL = "unauthorized/bad-password-imap[gmail]"
YAHOO = "unauthorized/bad-password-imap[yahoo]"
TEXTS = {GMAIL: "A wrong password, refused over IMAP by gmail", YAHOO: "… by yahoo"}


@pytest.fixture(scope="module")
def two():
    """Two cases of the catalogue that differ in the provider only."""
    file = builtin_path() / "unauthorized/bad-password-imap.yaml"
    return [scenario for scenario in collect([file]) if scenario.id in TEXTS]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("gmail", [GMAIL]),
        ("GMail", [GMAIL]),
        ("imap[gmail]", [GMAIL]),
        ("not gmail", [YAHOO]),
        ("not not gmail", [GMAIL]),
        ("gmail or yahoo", [GMAIL, YAHOO]),
        ("password and yahoo", [YAHOO]),
        ("wrong and not yahoo", [GMAIL]),
        ("nothing or password and yahoo", [YAHOO]),
        ("(yahoo or password) and gmail", [GMAIL]),
        ("not (gmail and nothing) and yahoo", [YAHOO]),
        ("not gmail or gmail", [GMAIL, YAHOO]),
    ],
)
def test_an_expression(two, expression, expected):
    assert [scenario.id for scenario in matching(two, expression)] == expected


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", "-k '': expected a word at the end"),
        ("gmail yahoo", "-k 'gmail yahoo': expected `and` or `or` before 'yahoo'"),
        ("(gmail", "-k '(gmail': expected `)` at the end"),
        ("gmail)", "-k 'gmail)': expected `and` or `or` before ')'"),
        ("gmail and", "-k 'gmail and': expected a word at the end"),
        ("or gmail", "-k 'or gmail': expected a word before 'or gmail'"),
        ("gmail and yahoo", "-k 'gmail and yahoo': no id and no title fits"),
    ],
)
def test_what_is_no_expression_or_fits_nothing(two, expression, message):
    with pytest.raises(BadInput) as bad:
        matching(two, expression)
    assert str(bad.value) == message
