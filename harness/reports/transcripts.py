"""The transcript of a connection, in lines."""

from __future__ import annotations

from collections.abc import Iterator

from harness.runner.records import ConnectionRecord, Line
from harness.texts import load_report_texts, retold
from harness.texts.escaping import visible

SHOWN_LINES = 200
SHOWN_CHARACTERS = 400


def shortened(text: str, longest: int) -> str:
    """The text, cut after so many characters, with a word on how many there were."""
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"


def transcript_lines(
    record: ConnectionRecord, most: int | None = SHOWN_LINES, language: str = "en"
) -> Iterator[str]:
    """One connection, a heading first, and its lines up to so many (None: all)."""
    texts = load_report_texts(language)["details"]
    about = {"service": record.service, "protocol": record.protocol, "peer": record.peer}
    yield texts["from"].format(**about)
    for line in record.lines[:most]:
        yield f"  {transcript_line(line, language)}"
    if most is not None and len(record.lines) > most:
        yield f"  {texts['more-lines'].format(number=len(record.lines) - most)}"


def transcript_line(line: Line, language: str = "en") -> str:
    """`C:` and `S:`, with a lock where the bytes were encrypted; `*` for what happened."""
    happened = line.direction == "*"
    told = retold("happened", line.text, language) if happened else line.text
    text = shortened(visible(told), SHOWN_CHARACTERS)
    who = "*" if line.direction == "*" else f"{line.direction}:"
    return f"{line.time_s:8.3f} {'tls' if line.tls else '   '} {who:2} {text}"
