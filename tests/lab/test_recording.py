"""What `badinbox record` hears of a real server, a fake says again to the checker."""

from __future__ import annotations

import ssl

import pytest

from harness.recording.recorder import Upstream
from tests.harness.recording.conftest import studio  # noqa: F401, a fixture
from tests.lab.cases import PASSWORD
from tests.lab.client import Address
from tests.lab.compare import dialogue
from tests.lab.world import SERVERS

CASES = [
    ("dovecot", "bad password (LOGIN)", "unauthorized", "bad-credentials"),
    ("dovecot", "bad password (AUTHENTICATE PLAIN)", "unauthorized", "bad-credentials"),
    (
        "dovecot",
        "too many connections (user and address)",
        "imap-authentication-error",
        "too-many-connections",
    ),
    ("dovecot", "mailbox unusable", "imap-confirmation-error", "mailbox-unavailable"),
    ("dovecot", "log-in after STARTTLS", "connected", None),
    ("postfix", "relay denied", "test-email-failed", "relay-denied"),
    ("postfix", "unknown recipient", "test-email-failed", "recipient-rejected"),
]


@pytest.mark.parametrize(("name", "failure", "error", "cause"), CASES, ids=lambda one: str(one))
def test_it_is_said_again(server, studio, name, failure, error, cause):  # noqa: F811
    real, protocol = server(name), SERVERS[name].protocol
    case = next(one for one in SERVERS[name].cases if one.failure == failure)
    address = real.address(case, "127.0.0.1")
    security = "starttls" if case.port == "starttls" else "implicit-tls"
    context = ssl.create_default_context(cafile=address.ca_file)
    upstream = Upstream(protocol, address.host, address.port, security, context)
    with studio.before([upstream]) as recorder:
        here = Address(recorder.ports[protocol], ca_file=address.ca_file)
        heard = dialogue(case, here, protocol)
    scenario, text = studio.scenario(recorder)
    assert (scenario.reproduces, scenario.cause) == (error, cause), heard
    assert PASSWORD not in text + "".join(studio.shown)
    assert studio.run() == 0
