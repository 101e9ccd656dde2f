"""How many files this process may have open: each mailbox listens on two ports at least."""

from __future__ import annotations

import resource
from typing import Final

from harness.files.problems import BadInput

_OTHERS: Final = 512
"""Room for connections, for the API, and for all else."""
_LATER: Final = 8192
"""As many as are asked for, where there may be: mailboxes can be started over the API."""


def allow_files(listeners: int) -> None:
    """Make room for so many listeners. Raises BadInput where the system does not permit it."""
    needed = listeners + _OTHERS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= max(needed, _LATER):
        return
    most = max(needed, _LATER)
    permitted = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (permitted, hard))
    if permitted < needed:
        raise BadInput(
            [f"{listeners} ports need {needed} open files; only {hard} are permitted (ulimit -n)"]
        )
