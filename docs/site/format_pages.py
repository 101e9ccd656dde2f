"""The reference of the formats, made of their JSON Schemas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docs.site.markdown import page_text, prose, table
from docs.site.schema_tables import described, objects
from harness.cli.writing.schema_command import schema_of
from harness.scenario.schemas.formats import FORMATS, FormatName


def pages() -> dict[str, str]:
    of_formats = {f"reference/formats/{name}": page_text(_page(name)) for name in FORMATS}
    return {"reference/formats/index": page_text(_index()), **of_formats}


def _index() -> Iterator[str]:
    yield from ("# Formats", "")
    yield from (
        "Of files that people write, and of messages. [What stays](../../stability.md).",
        "",
    )
    rows = (
        (f"[{name}]({name}.md)", form.title, str(form.version)) for name, form in FORMATS.items()
    )
    yield from table(("format", "", "version"), rows)
    yield from ("```{toctree}", ":hidden:", ":titlesonly:", "", *FORMATS, "```")


def _page(name: FormatName) -> Iterator[str]:
    schema: dict[str, Any] = schema_of(name)
    yield from (f"# The format `{name}`", "", f"{schema['title']}. {prose(schema['$comment'])}", "")
    yield from (f"`badinbox schema {name}` prints the JSON Schema that this page is made of.", "")
    yield from described(schema)
    yield from objects(schema, schema.get("$defs", {}))
