"""How many files this process may have open: each mailbox listens on two ports at least."""

from __future__ import annotations

import resource
from typing import Final

from harness.problems import BadInput

_OTHERS: Final = 512
"""Room for connections, for the API, and for all else."""


def allow_files(listeners: int) -> None:
    """Make room for so many listeners. Raises BadInput where the system does not permit it."""
    wanted = listeners + _OTHERS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        if most < wanted:
            raise BadInput(
                [f"{listeners} ports need {wanted} open files; only {hard} are permitted (ulimit)"]
            )
