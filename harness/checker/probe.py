"""What a second look at a server found, where one signal of the first has several causes."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.taxonomy import Cause, Protocol

ProbeName = Literal[
    "name", "this-port", "other-port", "certificate", "certificate-problem", "old-tls", "log-in"
]
Outcome = Literal[
    "name-found",
    "name-not-found",
    "port-tls",
    "port-plain",
    "port-other-service",
    "port-silent",
    "port-closes",
    "port-closed",
    "port-unanswered",
    "certificate-shown",
    "certificate-unreadable",
    "certificate-expired",
    "certificate-not-yet-valid",
    "certificate-refused",
    "old-tls-spoken",
    "old-tls-no-better",
    "imap-accepted-log-in",
]


class Probe(BaseModel):
    """One thing that was looked at. ``facts`` are what the outcome's text speaks of, by name;
    ``cause``: what it amounts to, if that has a name."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: ProbeName
    protocol: Protocol
    outcome: Outcome
    facts: dict[str, str] = Field(default_factory=dict)
    cause: Cause | None = None
