"""Keeping secrets out of what is shown, when it is not the wire that recorded it."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Container, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from fakeservers.wire.entries import Entry, Record
from fakeservers.wire.http_disclosure import disclosure_of
from fakeservers.wire.secrets import known_secrets
from harness.contract.diagnosis import Diagnosis, Signals

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


_OPENING: Final = re.compile(
    r"the connector (?:raised \w+|crashed|could not be started)|it answered nothing; .*"
    r"|(?:the connector crashed; )?its process ended with .*|its answer [a-z0-9 ]+"
    r"|answered (?:nothing|a value of type \w+|an object).*|answered another check than '\d+'"
    r"|spoke of another life than '\d+'|(?:a line that it wrote|what it sent) [a-zA-Z0-9 -]+"
    r"|said (?:nothing;|what|an object|a state|a line|more) .*|it (?:ended without|closed its) .*"
    r"|it answered with status \d+ .*|no answer within .*|(?:imap|smtp)\S*: \w+"
)
"""How our sentences on why there is no answer begin."""


@functools.lru_cache(maxsize=64)
def masking(secrets: frozenset[str]) -> Masking:
    """The masking of these secrets; most mailboxes have the same ones."""
    return Masking(secrets)


class Masking:
    """Replaces secrets, in each form that the wire knows, by `***`: in the words of servers,
    clients and connectors, never in ours, in which a hole would tell what the secret is."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = known_secrets(frozenset(map(_bytes, secrets)))

    def text(self, text: str, *, wire: bool = False) -> str:
        """The text without the secrets; what UTF-8 cannot hold (a lone surrogate) spelled out.
        `wire`: it is lines of IMAP or SMTP, whose own words stay."""
        return _text(self._secrets.masked(_bytes(text), wire=wire))

    def record(
        self,
        protocol: str,
        names: Container[str],
        *,
        clock: Callable[[], float],
        show: Callable[[Entry], None],
    ) -> Record:
        """Takes down one connection to a server that is none of the fakes, as they take down
        theirs. `names`: of users; another one may be a password that was typed in its place."""
        return Record(self._secrets, disclosure_of(protocol, names), clock=clock, show=show)

    def hold_for(self, record: Record) -> None:
        """What is taken down from here on is masked by this, in place of what it began with."""
        record.secrets = self._secrets

    def reason(self, text: str) -> str:
        """The same of a sentence that begins with ours, where what is not stands behind a colon."""
        own, colon, theirs = text.partition(": ")
        return f"{own if _OPENING.fullmatch(own) else self.text(own)}{colon}{self.text(theirs)}"

    def finds(self, text: str) -> bool:
        """Whether a secret stands in the text, in any of its forms; not one that is so short that
        it may be there by chance."""
        return self._secrets.stand_in(_bytes(text))

    def word(self, text: str, own_words: Container[str]) -> str:
        """The same of what may be one of our own words, such as an id."""
        hidden = self.text(text)
        return text if hidden == text or text in own_words else hidden

    def diagnosis(
        self,
        diagnosis: Diagnosis,
        ours: Mapping[str, str] = NOTHING,
        own_words: Container[str] = (),
    ) -> Diagnosis:
        """The same diagnosis, with all that a connector may have worded freely masked; `ours`: the
        texts by language that we would say of it, and `own_words` what we call things, which are no
        connector's."""
        free = {key: said for key, said in diagnosis.text.items() if ours.get(key) != said}
        return diagnosis.model_copy(
            update={
                "evidence": self.signals(diagnosis.evidence),
                "warnings": [self.word(each, own_words) for each in diagnosis.warnings],
                "message_id": self.text(diagnosis.message_id or "") or None,
                "rule": self.word(diagnosis.rule or "", own_words) or None,
                "other_rules": [self.word(each, own_words) for each in diagnosis.other_rules],
                "text": {
                    **{key: ours[key] for key in diagnosis.text if key not in free},
                    **{self.text(key): self.text(said) for key, said in free.items()},
                },
            }
        )

    def signals(self, evidence: Signals) -> Signals:
        """The same, with the server's words masked."""
        return evidence.model_copy(
            update={
                "lines": [self.text(line, wire=True) for line in evidence.lines],
                "response_code": self.text(evidence.response_code or "") or None,
                "enhanced_code": self.text(evidence.enhanced_code or "") or None,
                "tls_alert": self.text(evidence.tls_alert or "") or None,
            }
        )


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", errors="backslashreplace")


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="backslashreplace")
