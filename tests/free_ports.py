"""Ports that a test may name."""

from __future__ import annotations

import os

from fakeservers.wire.listeners import can_listen_at


def free_ports(count: int) -> range:
    """So many in a row that nobody has, below those that the system gives away by itself: those of
    one process are not those of its neighbours."""
    first = 11_000 + os.getpid() % 500 * 40
    while not all(can_listen_at("127.0.0.1", port) for port in range(first, first + count)):
        first += count
    return range(first, first + count)
