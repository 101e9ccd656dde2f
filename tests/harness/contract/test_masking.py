"""No secret is shown of what a connector says, in whatever form it says it."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote

import pytest

from harness.classify import explain
from harness.contract.diagnosis import Diagnosis, Signals
from harness.contract.masking import Masking
from harness.texts import render

SECRET = "Tr0ub4dor&3"
MASKING = Masking([SECRET, "ab"])


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        base64.b64encode(SECRET.encode()).decode(),
        SECRET.encode().hex(),
        SECRET.encode().hex().upper(),
        f"<Buffer {SECRET.encode().hex(' ')}>",  # as Node prints it
        json.dumps({"type": "Buffer", "data": list(SECRET.encode())}),
        json.dumps(list(SECRET.encode()), separators=(",", ":")),
        f"'{SECRET}'",
        f"x{SECRET}y",
        quote(SECRET, safe=""),
        quote(SECRET, safe="").lower().replace("tr0ub4dor", "Tr0ub4dor"),
        html.escape(SECRET),
    ],
)
def test_a_secret_is_masked_and_found_in_every_form(form: str) -> None:
    assert SECRET not in MASKING.text(form) and "***" in MASKING.text(form)
    assert MASKING.finds(form)


def test_what_is_short_is_masked_where_it_stands_alone() -> None:
    assert MASKING.text("a cab, about") == "a cab, about"
    assert MASKING.text("is ab wrong? 'ab'") == "is *** wrong? '***'"
    assert not MASKING.finds("a cab, about ab")


@pytest.mark.parametrize(
    ("secret", "line"),
    [
        ("a", "a OK done"),
        ("NO", "a1 NO [ALERT] x"),
        ("250", "250 fine"),
        ("250", "250-SIZE"),
        ("LOGIN", "a1 LOGIN anna ***"),
        ("OK", "* OK hello"),
    ],
)
def test_the_protocols_own_words_stay(secret: str, line: str) -> None:
    assert Masking([secret]).text(line, wire=True) == line
    assert Masking([secret]).text(f"x9 BAD it was {secret}", wire=True) == "x9 BAD it was ***"
    assert Masking([secret]).text(f"{secret}", wire=True) == "***"


def test_a_lone_surrogate_is_spelled_out() -> None:
    assert MASKING.text("\udce9") == "\\udce9"


def test_nothing_that_a_diagnosis_says_freely_has_a_secret_in_it() -> None:
    said = Diagnosis(
        error="unauthorized",
        evidence=Signals(lines=[f"a NO {SECRET}"], response_code=SECRET, tls_alert=SECRET),
        warnings=[f"it was {SECRET}"],
        message_id=SECRET,
        rule=SECRET,
        other_rules=[SECRET],
        text={"en": f"{SECRET} is wrong"},
    )
    assert SECRET in said.model_dump_json()
    assert SECRET not in MASKING.diagnosis(said).model_dump_json()


@pytest.mark.parametrize("password", ["mail", "email", "the e-mail address", "password", "imap"])
def test_our_own_words_have_no_hole_that_tells_the_password(password: str) -> None:
    found = explain("imap", "imap-login", f"a NO [AUTHENTICATIONFAILED] not {password} at all")
    masked = Masking([password]).diagnosis(found, render(found))
    assert masked.text == found.text and masked.rule == found.rule
    assert not any(password in line for line in masked.evidence.lines)
    worded = found.model_copy(update={"text": {"en": f"I tried {password}"}})
    assert Masking([password]).diagnosis(worded, render(worded)).text == {"en": "I tried ***"}
