"""Which advice to give, in which order."""

from __future__ import annotations

from typing import Final

from harness.taxonomy import CAUSES, DOCUMENTED_ERRORS, Advice, Cause, DocumentedError

# Causes that say no more than the stage does.
_VAGUE: Final[frozenset[Cause]] = frozenset({"unspecified", "dropped", "timeout"})
_ABOUT_CREDENTIALS: Final[frozenset[Advice]] = frozenset(
    {"confirm-address-and-password", "use-custom-username", "use-app-password"}
)


def advice_for(error: DocumentedError, cause: Cause) -> list[Advice]:
    """The cause's own advice, then the documented error's list in the article's order.

    Where the cause is known to lie elsewhere, advice about the credentials would mislead (an app
    password does not help where passwords are switched off), so it is left out.
    """
    advice = list(CAUSES[cause].advice)
    skip = not CAUSES[cause].ask and cause not in _VAGUE
    for item in DOCUMENTED_ERRORS[error].advice:
        if item not in advice and not (skip and item in _ABOUT_CREDENTIALS):
            advice.append(item)
    return advice
