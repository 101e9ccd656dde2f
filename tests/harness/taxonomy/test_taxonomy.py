"""The tables agree with each other and with the types."""

from __future__ import annotations

from typing import get_args

from harness.taxonomy import (
    ADVICE,
    CAUSES,
    DOCUMENTED_ERRORS,
    STAGE_GROUPS,
    STAGES,
    Advice,
    Cause,
    DocumentedError,
    Owner,
    Stage,
    family,
    protocol_of,
)


def test_every_id_of_a_type_is_in_its_table_in_the_same_order() -> None:
    assert tuple(STAGES) == get_args(Stage)
    assert tuple(DOCUMENTED_ERRORS) == get_args(DocumentedError)
    assert set(CAUSES) == set(get_args(Cause))
    assert get_args(Advice) == ADVICE


def test_causes_refer_to_what_exists() -> None:
    for cause, info in CAUSES.items():
        assert info.stages and set(info.stages) <= set(STAGES), cause
        assert len(set(info.stages)) == len(info.stages), cause
        assert set(info.advice) <= set(ADVICE), cause
        assert set(info.owners) <= set(get_args(Owner)), cause


def test_every_advice_is_given_by_something() -> None:
    given = {item for info in CAUSES.values() for item in info.advice}
    given |= {item for info in DOCUMENTED_ERRORS.values() for item in info.advice}
    assert given == set(ADVICE)


def test_stages_know_their_protocol_and_family() -> None:
    for stage in STAGES:
        assert stage.startswith(protocol_of(stage))
    assert family("smtp-rcpt") == "test-email-failed"
    assert family("imap-login") == "imap-authentication-error"


def test_every_stage_is_in_a_group_besides_any() -> None:
    grouped = {s for name, group in STAGE_GROUPS.items() if name != "any" for s in group}
    assert grouped == set(STAGES)


def test_asking_for_the_password_is_about_the_customer() -> None:
    for cause, info in CAUSES.items():
        if info.ask:
            assert info.owners == ("customer",) and not info.retry, cause
