"""What somebody pasted: a server's reply, or a runtime's complaint."""

from __future__ import annotations

import re
from typing import Final

from harness.classify.observation import Observation
from harness.classify.runtimes import observation, signal_in
from harness.classify.wording import to_bytes
from harness.taxonomy import STAGES
from harness.taxonomy.stages import CONNECT, TLS

BEFORE_WORDS: Final = (*CONNECT, *TLS)
"""The stages at which a server has not said anything yet."""
_LINE_END: Final = re.compile(rb"\r\n|\n|\r|\\r\\n|\\n")


def observe(protocol: str, stage: str, reply_text: str | bytes) -> Observation:
    """The observation of a reply that somebody pasted; before a server can have said anything, of
    what a runtime says.

    ``reply_text`` holds one or several lines, with real line ends or literal ``\\n``; the tag of an
    IMAP response may be ``{tag}`` or a real one; bytes need not be UTF-8.

    Raises ValueError if ``protocol`` has no such stage.
    """
    if stage not in STAGES or STAGES[stage].protocol != protocol:
        known = ", ".join(name for name, info in STAGES.items() if info.protocol == protocol)
        raise ValueError(f"{stage!r} is not a stage of {protocol!r}; stages: {known or 'none'}")
    data = reply_text if isinstance(reply_text, bytes) else to_bytes(reply_text)
    if stage in BEFORE_WORDS:
        text = data.decode(errors="replace")
        if error := signal_in(text):
            return observation(STAGES[stage].protocol, error, text)
    lines = tuple(line for line in _LINE_END.split(data) if line.strip())
    return Observation(stage=stage, kind="reply", lines=lines)
