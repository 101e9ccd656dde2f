"""What servers do differently, as data: complete in `plain`, each check a function."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import ValidationError

from fakeservers.dialects.behaviour import CheckName, ErrorLimit, SmtpBehaviour
from fakeservers.dialects.dialect import dialect_names, load_dialect
from fakeservers.smtp.checks import Checks
from fakeservers.smtp.commands import HANDLERS

STRICT = load_dialect("plain").side("smtp").behaviour


def test_every_check_is_a_function_and_in_use() -> None:
    behaviours = [load_dialect(name).side("smtp").behaviour for name in dialect_names()]
    used = {check for one in behaviours for listed in one.checks.values() for check in listed}
    checks = {name for name in vars(Checks) if not name.startswith("_")}
    assert set(get_args(CheckName)) == checks == used


def test_what_is_left_out_is_plains() -> None:
    own = SmtpBehaviour(checks={"MAIL": ["syntax"]}, line_limit=1000)
    complete = own.over(STRICT)
    assert complete.checks["MAIL"] == ["syntax"]
    assert complete.checks["RCPT"] == STRICT.checks["RCPT"]
    assert (complete.line_limit, complete.end_of_data) == (1000, "crlf")
    assert complete.error_limits == [ErrorLimit(allowed=20)]


@pytest.mark.parametrize("name", dialect_names())
def test_checks_are_of_commands_and_count_replies_that_there_are(name: str) -> None:
    side = load_dialect(name).side("smtp")
    assert set(side.behaviour.checks) <= HANDLERS.keys()
    for limit in side.behaviour.error_limits:
        for reply in (limit.reply, *(limit.of or ())):
            general, _, circumstance = reply.partition("@")
            assert side.worded(general, [circumstance]), reply


@pytest.mark.parametrize("name", dialect_names())
def test_no_server_sends_for_strangers(name: str) -> None:
    checks = load_dialect(name).side("smtp").behaviour.checks
    assert "authentication" in {*checks["MAIL"], *checks["RCPT"]}
    assert {"sequence", "recipients"} & set(checks["DATA"])


def test_an_unknown_check_is_refused() -> None:
    with pytest.raises(ValidationError, match="checks"):
        SmtpBehaviour.model_validate({"checks": {"MAIL": ["mood"]}})
