"""Keeping secrets out of what is shown, when it is not the wire that recorded it."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from fakeservers.wire.transcript import MASK, SHORTEST_ANYWHERE, secret_forms
from harness.contract.diagnosis import Diagnosis, Signals

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@functools.lru_cache(maxsize=64)
def masking(secrets: frozenset[str]) -> Masking:
    """The masking of these secrets; most mailboxes have the same ones."""
    return Masking(secrets)


class Masking:
    """Replaces secrets, in each form that the wire knows, by `***`."""

    def __init__(self, secrets: Iterable[str]) -> None:
        long = {secret for secret in secrets if len(secret) >= SHORTEST_ANYWHERE}
        forms = {form.decode() for secret in long for form in secret_forms(secret.encode())}
        self._forms = sorted(forms, key=len, reverse=True)

    def text(self, text: str) -> str:
        """The text without the secrets; what UTF-8 cannot hold (a lone surrogate) spelled out."""
        text = text.encode("utf-8", errors="backslashreplace").decode()
        for form in self._forms:
            text = text.replace(form, MASK.decode())
        return text

    def finds(self, text: str) -> bool:
        """Whether a secret stands in the text, in any of its forms."""
        return any(form in text for form in self._forms)

    def diagnosis(self, diagnosis: Diagnosis, ours: Mapping[str, str] = NOTHING) -> Diagnosis:
        """The same diagnosis, with all that a connector may have worded freely masked; `ours`: the
        texts by language that we would say of it, which are no connector's."""
        free = {key: said for key, said in diagnosis.text.items() if ours.get(key) != said}
        return diagnosis.model_copy(
            update={
                "evidence": self.signals(diagnosis.evidence),
                "warnings": [self.text(warning) for warning in diagnosis.warnings],
                "message_id": self.text(diagnosis.message_id or "") or None,
                "rule": self.text(diagnosis.rule or "") or None,
                "other_rules": [self.text(rule) for rule in diagnosis.other_rules],
                "text": {
                    **{key: ours[key] for key in diagnosis.text if key not in free},
                    **{self.text(key): self.text(said) for key, said in free.items()},
                },
            }
        )

    def signals(self, evidence: Signals) -> Signals:
        """The same, with the server's words masked."""
        masked = {
            "lines": [self.text(line) for line in evidence.lines],
            "response_code": self.text(evidence.response_code or "") or None,
            "enhanced_code": self.text(evidence.enhanced_code or "") or None,
            "tls_alert": self.text(evidence.tls_alert or "") or None,
        }
        return evidence.model_copy(update=masked)
