"""Where every mailbox is and what to type, as a table: for people, spreadsheets and hosts files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Final, Self

from harness.contract.settings import ServerSettings
from harness.serving.placing import host_name
from harness.serving.standing import Standing


@dataclass(frozen=True)
class TableRow:
    """One mailbox, as it is typed."""

    id: str
    host_name: str
    imap: str
    smtp: str
    email: str
    username: str
    password: str
    authentication: str
    reproduces: str

    @classmethod
    def of(cls, standing: Standing) -> Self:
        settings = standing.settings
        return cls(
            id=standing.id,
            host_name=host_name(standing.id),
            imap=server(settings.imap),
            smtp=server(settings.smtp),
            email=settings.email,
            username=settings.login,
            password=settings.password,
            authentication=settings.authentication,
            reproduces=standing.scenario.reproduces,
        )


def server(typed: ServerSettings) -> str:
    """Host, port and security on one line, and the source address where one is wanted."""
    host = f"[{typed.host}]" if ":" in typed.host else typed.host
    source = f", from {typed.source_address}" if typed.source_address else ""
    return f"{host}:{typed.port} {typed.security}{source}"


def as_json(standing: Sequence[Standing]) -> str:
    return json.dumps([asdict(row) for row in map(TableRow.of, standing)], indent=1) + "\n"


def as_csv(standing: Sequence[Standing]) -> str:
    """RFC 4180."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_HEADINGS)
    writer.writerows(map(_cells, standing))
    return text.getvalue()


def as_markdown(standing: Sequence[Standing]) -> str:
    lines = [_HEADINGS, ["---"] * len(_HEADINGS)]
    lines += [[cell.replace("|", "\\|") for cell in _cells(each)] for each in standing]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cells(standing: Standing) -> list[str]:
    return list(asdict(TableRow.of(standing)).values())


def as_hosts(standing: Sequence[Standing]) -> str:
    """Lines for a hosts file: the address of each that has one of its own, and its name."""
    own = [each for each in standing if each.place.bind is not None]
    return "".join(f"{each.place.bind} {host_name(each.id)}\n" for each in own)


def as_text(standing: Sequence[Standing]) -> str:
    """For a terminal, in columns."""
    lines = [("IMAP", "SMTP", "user name", "password", "id")]
    for row in map(TableRow.of, standing):
        lines.append((row.imap, row.smtp, row.username, row.password, row.id))
    return "".join(f"{line}\n" for line in in_columns(lines))


def in_columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A line for each row, with its cells below those of the one before."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


_HEADINGS: Final = [field.name.replace("_", " ") for field in fields(TableRow)]

FORMATS: Final[dict[str, tuple[str, Callable[[Sequence[Standing]], str]]]] = {
    "json": ("application/json", as_json),
    "csv": ("text/csv; charset=utf-8", as_csv),
    "md": ("text/markdown; charset=utf-8", as_markdown),
    "hosts": ("text/plain; charset=utf-8", as_hosts),
    "txt": ("text/plain; charset=utf-8", as_text),
}
"""By name, which is a file's suffix too: the media type, and what makes it."""
