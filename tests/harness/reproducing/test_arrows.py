"""Arrows before lines, whichever way a client draws them: the command decides the stage."""

from __future__ import annotations

import pytest

from harness.reproducing.failure import find_failure
from harness.reproducing.material import read

FORMS = {
    "PHPMailer": (
        "08:00:01 SERVER -> CLIENT: {}",
        "08:00:01 CLIENT -> SERVER: {}",
    ),
    "fetchmail": ("fetchmail: SMTP< {}", "fetchmail: SMTP> {}"),
    "Exim": ("  SMTP<< {}", "  SMTP>> {}"),
    "node-imap": ("<= '{}'", "=> '{}'"),
    "Swift Mailer": ("<< {}", ">> {}"),
    "Sendmail": ("<<< {}", ">>> {}"),
    "Ruby": ('-> "{}\\r\\n"', '<- "{}\\r\\n"'),
}
SENDER = ["S220 mx ESMTP", "CEHLO me", "S250 mx", "CMAIL FROM:<a@b.example>", "S550 5.1.0 Not he"]
LOGIN = ["S* OK ready", "CA1 LOGIN a b", "SA1 NO [ALERT] Closed for you", "SA1 NO closed"]


@pytest.mark.parametrize(("said", "stage"), [(SENDER, "smtp-mail"), (LOGIN, "imap-login")])
@pytest.mark.parametrize("form", FORMS)
def test_the_refusal_is_at_the_command_that_it_answers(form, said, stage):
    server, client = FORMS[form]
    lines = [(server if each[0] == "S" else client).format(each[1:]) for each in said]
    failure = find_failure(read(lines))
    assert failure is not None
    assert failure.stage == stage
    refused = [each[1:] for each in said if each.startswith(("S550", "SA1 NO"))]
    assert failure.lines == tuple(refused[:1])
