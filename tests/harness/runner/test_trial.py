"""What the customer is supposed to have typed."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from harness.runner.trial import typed_host


@pytest.mark.parametrize(
    ("knows", "typed"),
    [
        ({"ip6-localhost": ["::1"], "localhost6": ["::1"]}, "ip6-localhost"),
        ({"ip6-localhost": ["127.0.0.1", "::1"], "localhost6": ["::1"]}, "localhost6"),
        ({"localhost": ["127.0.0.1", "::1"]}, "::1"),
    ],
)
def test_a_name_is_typed_for_ipv6_where_it_stands_for_that_alone(
    monkeypatch: pytest.MonkeyPatch, knows: dict[str, list[str]], typed: str
) -> None:
    def resolve(name: str, _: None) -> list[Any]:
        if name not in knows:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [(0, 0, 0, "", (address, 0)) for address in knows[name]]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    typed_host.cache_clear()
    assert typed_host("::1") == typed
    assert typed_host("127.0.0.1") == "127.0.0.1"
    typed_host.cache_clear()
