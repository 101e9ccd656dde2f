"""Which access token a check uses, and when it may ask for another one: once."""

from __future__ import annotations

import time
from typing import Final

from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import OAuth2Settings
from harness.taxonomy import Cause
from harness.taxonomy.stages import CONFIRM, LOGIN

_CURED_BY_ANOTHER: Final[frozenset[Cause]] = frozenset({"token-expired", "token-revoked"})
"""RFC 6750, 3.1, `invalid_token`: the client may ask for a new one, and try again."""


class TokenHolder:
    """What a check holds of tokens. ``settings``: as they are now."""

    def __init__(self, settings: OAuth2Settings) -> None:
        self.settings = settings
        self._fetched = False

    @property
    def token(self) -> str:
        """The access token; empty where there is none."""
        return self.settings.access_token or ""

    @property
    def must_fetch(self) -> bool:
        """There is no token, or only one that has expired and for which there is another."""
        expires_at = self.settings.expires_at
        expired = expires_at is not None and time.time() >= expires_at
        return not self.token or (expired and self.can_fetch)

    @property
    def can_fetch(self) -> bool:
        """There is something to ask with, and nothing was asked yet."""
        by_itself = self.settings.grant == "client_credentials"
        return not self._fetched and (by_itself or bool(self.settings.refresh_token))

    def may_help(self, diagnosis: Diagnosis) -> bool:
        """May another token cure what was refused?"""
        causes = {diagnosis.cause, *diagnosis.candidates}
        at_use = diagnosis.stage in (*LOGIN, *CONFIRM)
        return self.can_fetch and at_use and bool(_CURED_BY_ANOTHER & causes)

    def asked(self) -> None:
        """The one request is made, whatever comes of it."""
        self._fetched = True
