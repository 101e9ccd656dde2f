"""A form: how one client, library or server writes its log; a file in `harness/known/forms/`."""

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import pydantic
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from fakeservers.files.kept import kept
from fakeservers.files.packaged import packaged_yaml
from harness.reproducing.dialogue import Happening
from harness.reproducing.forms.line_template import TemplateError, pattern_of
from harness.taxonomy import Protocol, Stage

FOLDER: Final = Path(__file__).resolve().parents[2] / "known" / "forms"


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Templates = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class _Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=lambda name: name.replace("_", "-")
    )


class Headings(_Part):
    """Who speaks is said once, above the lines. `below`: how these begin; `joined`: a line that
    goes on with the one before it."""

    heard: Templates
    sent: Templates
    below: Templates
    joined: Templates = ()


class Fields(_Part):
    """Each line is a JSON object. `speaker`: the fields that say who spoke, `heard` and `sent`
    their values; `line`: what was said; `connection`: on which."""

    speaker: Templates
    heard: Templates
    sent: Templates
    line: str = "msg"
    connection: Templates = ()
    left_out: Templates = ()
    """Values of `line` with which the same is said once more."""


class Told(_Part):
    """A line in which a server, or a client, tells of a refusal in its own words. `line`: with
    `{text}` for the reply, `{command}` for the command. `command`: where it is always the same;
    `inferred`: where the reply is not quoted, the named reply of `dialect` at `stage`. `vague`:
    it counts only where no line shortly before it tells more."""

    line: Templates
    command: str | None = None
    status: Literal["NO", "BAD", "BYE"] | None = None
    """Of a response of IMAP of which only the text is quoted."""
    dialect: str | None = None
    stage: Stage | None = None
    inferred: str | None = None
    vague: bool = False


class Example(_Part):
    """A log of this form, and what must be read in it: the stage, and the server's lines as they
    stand (None: the words are not in it). `real`: where the log comes from."""

    log: str
    stage: Stage
    reply: Templates | None = None
    real: str | None = None


class Form(_Part):
    """How a log is written. The texts are templates; see `line_template.py`."""

    title: str
    source: Templates
    """Where the client's own code writes it, or a thread with such a log."""
    speaks: tuple[Protocol, ...] = ("imap", "smtp")
    sign: Templates = ()
    """Words, one of which every log of this form has, where its marks are those of others."""
    heard: Templates = ()
    """A line of the server's."""
    sent: Templates = ()
    """A line of the client's."""
    again: Templates = ()
    """The server's line once more, in the client's words: read where nothing else was heard."""
    hidden: Templates = ()
    """What stands in a sent line, or is the whole line, where a secret is left out."""
    happens: dict[Happening, Templates] = Field(default_factory=dict)
    """Lines by which the client tells what happened to the connection."""
    stands_for: dict[str, str] = Field(default_factory=dict)
    """Lines in which the client says in words what it sends, and the command."""
    notes: Templates = ()
    """Lines that look like a part of the dialogue and are none."""
    headings: Headings | None = None
    fields: Fields | None = None
    tells: tuple[Told, ...] = ()
    quoting: Literal["none", "python", "escapes", "list"] = "none"
    """How the line itself is written: as it is, as a literal of Python, with backslashes, as a list
    of its parts."""
    anywhere: bool = False
    """The mark is so strong that any words may stand before it."""
    reply_lines: Literal["each", "following", "joined", "escaped"] = "each"
    """How a reply of several lines is written: each with its mark; the first with it and the others
    after it; on one line; on one line with `\\n` between them."""
    examples: tuple[Example, ...] = Field(min_length=1)
    near_miss: str
    """A text, much like this form, in which nobody says a line of IMAP or SMTP."""

    @field_validator("heard", "sent", "again", "notes")
    @classmethod
    def _can_be_read(cls, templates: tuple[str, ...]) -> tuple[str, ...]:
        for template in templates:
            try:
                pattern_of(template)
            except TemplateError as error:
                raise ValueError(f"{template!r}: {error}") from None
        return templates


def form_files() -> Iterator[Path]:
    """All of the folder, in the order of their names."""
    yield from sorted(FOLDER.glob("*.yaml"))


@functools.cache
def forms() -> dict[str, Form]:
    """All forms, by the names of their files."""
    return kept("forms", _read_forms, pydantic.VERSION)


def _read_forms() -> dict[str, Form]:
    return {file.stem: Form.model_validate(packaged_yaml(file)) for file in form_files()}
