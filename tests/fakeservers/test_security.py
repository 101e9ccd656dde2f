"""Whatever word for a way to secure a connection is shown somewhere is taken everywhere."""

from __future__ import annotations

import pytest

from fakeservers.security import SHOWN, Security
from harness.cli.shared.options import SECURITY
from harness.contract.capabilities import Capabilities
from harness.contract.settings import ServerSettings
from harness.scenario.catalogue import facets_of
from harness.scenario.customer.typed import Endpoint

WORDS = [
    *((word, name) for name, word in SHOWN.items()),
    *((name, name) for name in SHOWN),
    ("ssl/tls", "implicit-tls"),
    ("SSL", "implicit-tls"),
    ("StartTLS", "starttls"),
    ("None", "cleartext"),
]


@pytest.mark.parametrize(("typed", "meant"), WORDS)
def test_a_word_is_taken_everywhere(typed: str, meant: Security) -> None:
    assert ServerSettings.model_validate({"host": "h", "port": 1, "security": typed}).security == (
        meant
    )
    assert Endpoint.model_validate({"security": typed}).security == meant
    assert Capabilities.model_validate({"imap-security": typed}).imap_security == (meant,)
    assert SECURITY.convert(typed, None, None) == meant
    assert facets_of(f"security={typed}") == {"security": meant}


@pytest.mark.parametrize("typed", ["TLS", "ssl3", "", "startls"])
def test_what_is_ambiguous_or_unknown_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="implicit-tls"):
        ServerSettings.model_validate({"host": "h", "port": 1, "security": typed})
