"""The formats of files and messages, as their schemas are published: address, version, promise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

FormatName = Literal[
    "scenario",
    "dialect",
    "settings",
    "answer",
    "state",
    "order",
    "mapping",
    "baseline",
    "results",
    "reproduced",
]


@dataclass(frozen=True)
class Format:
    """``title``: what it is the format of. ``version``: raised when what was right is so no more,
    or is read otherwise."""

    title: str
    version: int = 1

    @property
    def promise(self) -> str:
        """What whoever writes or reads it can rely on."""
        return (
            f"Version {self.version}, stable: within it keys may be added, and none is renamed, "
            "taken out, newly required or read otherwise (badinbox, docs/stability.md)."
        )


FORMATS: Final[dict[FormatName, Format]] = {
    "scenario": Format("A badinbox scenario"),
    "dialect": Format("A dialect of badinbox"),
    "settings": Format("What badinbox gives a connector"),
    "answer": Format("What a connector answers badinbox"),
    "state": Format("What a connector that stays tells badinbox"),
    "order": Format("What badinbox tells a connector that stays"),
    "mapping": Format("A connector file of badinbox"),
    "baseline": Format("A baseline of badinbox"),
    "results": Format("The results of badinbox run"),
    "reproduced": Format("What badinbox reproduce found"),
}

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_STORE: Final = "https://json.schemastore.org"
"""Where schemas are published by their names (SchemaStore, CONTRIBUTING.md)."""


def published(name: FormatName, schema: dict[str, Any]) -> dict[str, Any]:
    """The schema, with what names it first."""
    form = FORMATS[name]
    head = {
        "$schema": _DRAFT,
        "$id": f"{_STORE}/badinbox-{name}-{form.version}.json",
        "$comment": form.promise,
        "title": form.title,
    }
    return {**head, **{key: value for key, value in schema.items() if key not in head}}
