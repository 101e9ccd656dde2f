"""Fake mailboxes: an account behind IMAP and SMTP services that work, or go wrong on demand.

The base of every model that is read from YAML stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


def kebab(name: str) -> str:
    """The YAML spelling of a field's name: `max_message_bytes` is written `max-message-bytes`."""
    return name.replace("_", "-")


class Spec(BaseModel):
    """A frozen model that refuses unknown keys and reads kebab-case ones."""

    other_words: ClassVar[Mapping[str, str]] = {}
    """What people write for a key, and the key: they are told which one it is here."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=kebab, populate_by_name=True
    )
