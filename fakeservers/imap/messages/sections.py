"""The sections of a body that FETCH names (RFC 3501, 6.4.5), byte for byte as they were stored."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fakeservers.imap.grammar.arguments import Arguments, BadArguments
from fakeservers.imap.grammar.strings import astring, literal
from fakeservers.imap.messages.mime import NIL, Part

_KINDS = ("HEADER", "HEADER.FIELDS", "HEADER.FIELDS.NOT", "TEXT", "MIME")
_SECTION = re.compile(rb"((?:[1-9]\d{0,8}\.?)*)([A-Za-z.]*)")
_PARTIAL = re.compile(rb"<(\d{1,10})\.([1-9]\d{0,9})>")


@dataclass(frozen=True)
class Section:
    """What stands between the brackets of `BODY[…]<…>`. `kind` is "" for a whole message or
    part; `partial` the first byte and how many."""

    parts: tuple[int, ...] = ()
    kind: str = ""
    fields: tuple[bytes, ...] = ()
    partial: tuple[int, int] | None = None

    @property
    def label(self) -> bytes:
        """The section as the answer names it, with its brackets."""
        named = [b"%d" % number for number in self.parts] + [self.kind.encode()] * bool(self.kind)
        fields = b" (" + b" ".join(map(astring, self.fields)) + b")" if self.fields else b""
        begin = b"<%d>" % self.partial[0] if self.partial else b""
        return b"[" + b".".join(named) + fields + b"]" + begin

    def cut(self, data: bytes | None) -> bytes | None:
        """What the partial asks for of the section's data."""
        if data is None or self.partial is None:
            return data
        begin, length = self.partial
        return data[begin : begin + length]

    def _part_of(self, message: Part) -> Part | None:
        """The part that is meant."""
        part: Part | None = message
        for number in self.parts:
            part = part.child(number) if part else None
        return part

    def decoded_data_of(self, message: Part) -> bytes | None:
        """The part without its transfer encoding (RFC 3516). Raises UnknownEncoding."""
        part = self._part_of(message)
        if part is None:
            return None
        return part.decoded if self.parts else part.header + part.body

    def data_of(self, message: Part) -> bytes | None:
        """The section's bytes; None where the message has no such part."""
        part = self._part_of(message)
        if part is None:
            return None
        if not self.kind:
            return part.body if self.parts else part.header + part.body
        if self.kind == "MIME":
            return part.header
        # HEADER and TEXT of a body part are those of the message it encloses.
        whole = part.enclosed if self.parts else part
        if whole is None:
            return None
        if self.kind == "TEXT":
            return whole.body
        if self.kind == "HEADER":
            return whole.header
        names = [name.decode("latin-1") for name in self.fields]
        return whole.header_of(names, negate=self.kind.endswith("NOT"))


def read_section(arguments: Arguments, *, parts_only: bool = False) -> Section:
    """Read `[section]<partial>`; with `parts_only`, as BINARY has it. Raises BadArguments."""
    arguments.token(b"[")
    numbers, kind = arguments.matched(_SECTION, "section").groups()
    parts = tuple(map(int, numbers.removesuffix(b".").split(b"."))) if numbers else ()
    name = kind.decode("ascii").upper()
    if numbers.endswith(b".") != bool(parts and name) or (name and name not in _KINDS):
        raise BadArguments("section expected")
    if (name == "MIME" and not parts) or (name and parts_only):
        raise BadArguments("section expected")
    fields: tuple[bytes, ...] = ()
    if name.startswith("HEADER.FIELDS"):
        arguments.space()
        fields = tuple(arguments.strings(least=1))
    arguments.token(b"]")
    partial = None
    if arguments.at(b"<"):
        begin, length = arguments.matched(_PARTIAL, "partial").groups()
        partial = int(begin), int(length)
    return Section(parts, name, fields, partial)


def nliteral(data: bytes | None, *, binary: bool = False) -> bytes:
    """A body as it goes on the wire; NIL for one that is not there. NUL only in a literal8."""
    if data is None:
        return NIL
    return (b"~" if binary and b"\0" in data else b"") + literal(data)
