"""Who knocked at a port where nobody answers: of such a SYN no program is ever told.

Linux counts what a listening socket drops (`SO_MEMINFO`, sock_diag.h). What is sent to a port that
refuses is seen by a raw socket (raw(7)) with a classic BPF filter, where those are permitted: to
root, or with CAP_NET_RAW.
"""

from __future__ import annotations

import ctypes
import socket
import struct
from typing import Final

_SO_MEMINFO: Final = 55
_SO_ATTACH_FILTER: Final = 26
_MEMINFO: Final = struct.Struct("9I")
_INSTRUCTION: Final = struct.Struct("HBBI")
_SYN, _ACK = 0x02, 0x10


def dropped(sock: socket.socket) -> int:
    """How many packets a listening socket has dropped."""
    numbers = sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
    return int(_MEMINFO.unpack(numbers)[-1])


def listen_in(host: str, port: int) -> socket.socket | None:
    """A raw socket on which each SYN to this port can be read; None where that is not permitted.
    IPv4 only."""
    try:
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
    except PermissionError:
        return None
    raw.setblocking(False)
    filter_ = b"".join(_INSTRUCTION.pack(*each) for each in _syn_to(port))
    held = ctypes.create_string_buffer(filter_)
    program = struct.pack("HL", len(filter_) // _INSTRUCTION.size, ctypes.addressof(held))
    raw.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
    raw.bind((host, 0))
    while has_heard(raw):  # what came before the filter was there
        raw.recv(1)
    return raw


def has_heard(raw: socket.socket) -> bool:
    """Whether there is a packet to read; it stays there."""
    try:
        return bool(raw.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False


def _syn_to(port: int) -> tuple[tuple[int, int, int, int], ...]:
    """A filter of IPv4 packets: code, jump if true, if false, operand."""
    return (
        (0xB1, 0, 0, 0),  # X = length of the IP header
        (0x48, 0, 0, 2),  # A = destination port
        (0x15, 0, 3, port),
        (0x50, 0, 0, 13),  # A = flags
        (0x54, 0, 0, _SYN | _ACK),
        (0x15, 1, 0, _SYN),
        (0x06, 0, 0, 0),  # pass it over
        (0x06, 0, 0, 0xFFFF),  # keep it
    )
