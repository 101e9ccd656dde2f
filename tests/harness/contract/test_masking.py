"""No secret is shown of what a connector says, in whatever form it says it."""

from __future__ import annotations

import base64

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
        f"'{SECRET}'",
        f"x{SECRET}y",
    ],
)
def test_a_secret_is_masked_and_found_in_every_form(form: str) -> None:
    assert SECRET not in MASKING.text(form) and "***" in MASKING.text(form)
    assert MASKING.finds(form)


def test_what_is_too_short_to_be_told_apart_is_left() -> None:
    assert MASKING.text("a cab, about") == "a cab, about"
    assert not MASKING.finds("a cab, about")


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
