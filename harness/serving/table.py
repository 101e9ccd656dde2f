"""Where every mailbox is and what to type, as a table: for people, spreadsheets and hosts files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Final

from harness.contract.settings import ServerSettings
from harness.serving.naming import host_name
from harness.serving.standing import Standing


@dataclass(frozen=True)
class Row:
    """One mailbox, as it is typed."""

    id: str
    host_name: str
    imap: str
    smtp: str
    email: str
    username: str
    password: str
    reproduces: str


def rows(standing: Iterable[Standing]) -> list[Row]:
    return [_row(each) for each in standing]


def _row(standing: Standing) -> Row:
    settings = standing.settings
    return Row(
        id=standing.id,
        host_name=host_name(standing.id),
        imap=server(settings.imap),
        smtp=server(settings.smtp),
        email=settings.email,
        username=settings.login,
        password=settings.password,
        reproduces=standing.scenario.reproduces,
    )


def server(typed: ServerSettings) -> str:
    """Host, port and security on one line, and the source address where one is wanted."""
    host = f"[{typed.host}]" if ":" in typed.host else typed.host
    source = f", from {typed.source_address}" if typed.source_address else ""
    return f"{host}:{typed.port} {typed.security}{source}"


def as_json(standing: Sequence[Standing]) -> str:
    return json.dumps([asdict(row) for row in rows(standing)], indent=1) + "\n"


def as_csv(standing: Sequence[Standing]) -> str:
    """RFC 4180."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_HEADINGS)
    writer.writerows(asdict(row).values() for row in rows(standing))
    return text.getvalue()


def as_markdown(standing: Sequence[Standing]) -> str:
    lines = [_HEADINGS, ["---"] * len(_HEADINGS)]
    lines += [[_cell(value) for value in asdict(row).values()] for row in rows(standing)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def as_hosts(standing: Sequence[Standing]) -> str:
    """Lines for a hosts file: the address of each that has one of its own, and its name."""
    return "".join(f"{each.place.bind} {host_name(each.id)}\n" for each in standing if _own(each))


def _own(standing: Standing) -> bool:
    return standing.place.bind is not None


def as_text(standing: Sequence[Standing]) -> str:
    """For a terminal, in columns."""
    shown = [(row.imap, row.smtp, row.username, row.password, row.id) for row in rows(standing)]
    lines = [("IMAP", "SMTP", "user name", "password", "id"), *shown]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        + "\n"
        for line in lines
    )


_HEADINGS: Final = [field.name.replace("_", " ") for field in fields(Row)]

FORMATS: Final[dict[str, tuple[str, Callable[[Sequence[Standing]], str]]]] = {
    "json": ("application/json", as_json),
    "csv": ("text/csv; charset=utf-8", as_csv),
    "md": ("text/markdown; charset=utf-8", as_markdown),
    "hosts": ("text/plain; charset=utf-8", as_hosts),
    "txt": ("text/plain; charset=utf-8", as_text),
}
"""By name, which is a file's suffix too: the media type, and what makes it."""
