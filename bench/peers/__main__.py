"""badinbox beside the servers that people test mail clients with.

    python -m bench.peers [--install] [--rounds N] [--idle N]

A session of IMAP is LOGIN, SELECT, LOGOUT; one of SMTP AUTH, a small message, QUIT: eight at once,
of a client in another process. The servers take turns in each round; what is told is the median,
and, behind it, how often that is of badinbox's. A server that is not installed is named, and left
out. 1: a target is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import resource
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from bench.clock import Neighbours, cores
from bench.peers.measuring import idle_kib, order, seconds_to_answer, sessions
from bench.peers.servers import OURS, PEERS, Peer, Standing, install
from bench.results import table
from fakeservers.security import Security

SESSIONS = 200
TARGETS = {"imap": 10.0, "smtp": 1.0}
"""How often the CPU of a session of badinbox the fastest peer in Python must take, at least."""
IDLE_KIB = 48.0
_WAYS: tuple[tuple[str, Security], ...] = (
    ("imap", "implicit-tls"), ("imap", "cleartext"),
    ("smtp", "implicit-tls"), ("smtp", "cleartext"),
)  # fmt: skip
"""STARTTLS is not among them: pymap offers it to nobody on the same machine."""

Row = tuple[str, ...]
Costs = Mapping[Peer, list[tuple[float, float]]]
"""Of each server, for each round: seconds of wall and of CPU for one session."""


def main() -> int:
    """Measure and print; 1 where a target is missed."""
    arguments = _arguments()
    if arguments.install:
        install()
        return 0
    _raise_open_files()
    neighbours = Neighbours()
    with contextlib.ExitStack() as stack:
        running = dict(_start(stack))
        missed = [_show_sessions(running, *way, arguments.rounds) for way in _WAYS]
        missed.append(_show_idle(running, arguments.idle))
    _show_start(list(running), arguments.rounds)
    print(f"{cores()} cores, of which other processes used {neighbours}")
    return 1 if any(missed) else 0


def _start(stack: contextlib.ExitStack) -> Iterator[tuple[Peer, Standing]]:
    for peer in PEERS:
        if why := peer.missing():
            print(f"{peer.name}: {why}", file=sys.stderr)
        else:
            yield peer, peer.start(stack)


def _show_sessions(
    running: Mapping[Peer, Standing], protocol: str, security: Security, rounds: int
) -> bool:
    """Print what sessions of this kind take; True: the target is missed."""
    way = f"{protocol} {security}"
    orders = {
        peer: replace(order(peer, standing, protocol, security), sessions=SESSIONS)
        for peer, standing in running.items()
        if way in standing.ports
    }
    costs: dict[Peer, list[tuple[float, float]]] = defaultdict(list)
    for number in range(rounds + 1):
        for peer, wanted in orders.items():
            cost = sessions(running[peer], wanted)
            if number:  # the first time a server may have to load things
                costs[peer].append(cost)
    print(f"\n{way}")
    rows = [("", "sessions/s", "CPU of one, ms", "of badinbox's"), *map(_cost_row(costs), costs)]
    print(*table(rows), sep="\n")
    python = [_ratio(costs, peer) for peer in costs if peer.python and peer is not OURS]
    least, target = min(python, default=None), TARGETS[protocol]
    if least is None:
        return False
    print(f"the fastest in Python takes {least:.1f} of ours; target {target:.0f}")
    return least < target


def _cost_row(costs: Costs) -> Callable[[Peer], Row]:
    def row(peer: Peer) -> Row:
        wall, cpu = (statistics.median(each) for each in zip(*costs[peer], strict=True))
        note = "" if peer.authenticates else " (no AUTH)"
        return (
            peer.name + note, f"{1 / wall:.0f}", f"{cpu * 1000:.2f}", f"{_ratio(costs, peer):.1f}"
        )  # fmt: skip

    return row


def _ratio(costs: Costs, peer: Peer) -> float:
    """The median over the rounds of a peer's CPU as a share of ours."""
    pairs = zip(costs[peer], costs[OURS], strict=True)
    return statistics.median(theirs[1] / ours[1] for theirs, ours in pairs)


def _show_idle(running: Mapping[Peer, Standing], count: int) -> bool:
    """Print what idle TLS connections take; True: the target is missed."""
    print(f"\n{count} connections of IMAP that are logged in over TLS and do nothing, KiB each")
    taken: dict[Peer, float] = {}
    for peer, standing in running.items():
        if "imap implicit-tls" in standing.ports:
            wanted = replace(order(peer, standing, "imap", "implicit-tls"), idle=count)
            taken[peer] = idle_kib(standing, wanted)
    print(*table([(peer.name, f"{kib:.0f}") for peer, kib in taken.items()]), sep="\n")
    print(f"target of badinbox {IDLE_KIB:.0f}")
    return taken[OURS] > IDLE_KIB


def _show_start(peers: Sequence[Peer], rounds: int) -> None:
    print("\nstart of its process to the first connection that it takes, ms")
    took = {peer: [seconds_to_answer(peer) for _ in range(rounds)] for peer in peers}
    rows = [(peer.name, f"{statistics.median(took[peer]) * 1000:.0f}") for peer in peers]
    print(*table(rows), sep="\n")


def _raise_open_files() -> None:
    """The client's and the server's connections take a file each; both inherit this."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench.peers", description=(__doc__ or "").strip())
    parser.add_argument("--install", action="store_true", help="install the peers, no more")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured")
    parser.add_argument("--idle", type=int, default=10_000, help="idle connections")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
