"""The lines of a dialogue as rows of a sequence diagram, for every page that draws one."""

from __future__ import annotations

from dataclasses import dataclass

from harness.reports.excerpt import is_fired
from harness.reports.explain import shortened, visible
from harness.runner.events import Line

LONGEST_LINE = 240


@dataclass(frozen=True)
class Row:
    """One line of a sequence diagram. `lane`: imap, smtp, or other; `kind`: C, S, note, fired or
    end; `connection`: said to those who cannot see whose line it is."""

    lane: str
    kind: str
    text: str
    time: str
    tls: bool
    connection: str


def sequence_row(protocol: str, line: Line, connection: str) -> Row:
    """The row of one line."""
    text = shortened(visible(line.text), LONGEST_LINE)
    lane = protocol if protocol in ("imap", "smtp") else "other"
    return Row(lane, _kind(line), text, f"{line.time_s:.3f}", line.tls, connection)


def _kind(line: Line) -> str:
    if line.direction != "*":
        return line.direction
    if is_fired(line):
        return "fired"
    return "end" if " closed the connection" in line.text else "note"
