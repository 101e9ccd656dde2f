"""Explains a reply that somebody pasted, for ``badinbox explain``."""

from __future__ import annotations

import re

from harness.classify.diagnose import classify
from harness.classify.observation import Observation
from harness.classify.wording import to_bytes
from harness.contract.diagnosis import Diagnosis
from harness.taxonomy import STAGES

_LINE_END = re.compile(rb"\r\n|\n|\r|\\r\\n|\\n")


def explain(protocol: str, stage: str, reply_text: str | bytes) -> Diagnosis:
    """Say what a server's reply at ``stage`` means.

    ``reply_text`` holds one or several lines, with real line ends or literal ``\\n``; the tag of an
    IMAP response may be ``{tag}`` or a real one; bytes need not be UTF-8.

    Raises ValueError if ``protocol`` has no such stage.
    """
    return classify(observe(protocol, stage, reply_text))


def observe(protocol: str, stage: str, reply_text: str | bytes) -> Observation:
    """The observation of a pasted reply; parameters and errors are those of ``explain``."""
    if stage not in STAGES or STAGES[stage].protocol != protocol:
        known = ", ".join(name for name, info in STAGES.items() if info.protocol == protocol)
        raise ValueError(f"{stage!r} is not a stage of {protocol!r}; stages: {known or 'none'}")
    data = reply_text if isinstance(reply_text, bytes) else to_bytes(reply_text)
    lines = tuple(line for line in _LINE_END.split(data) if line.strip())
    return Observation(stage=stage, kind="reply", lines=lines)
