"""What a line tells of a refusal: logs of servers, and messages that name the command.

Where the reply is not quoted, it is inferred: the one that the dialect of that server has for it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

from harness.reproducing.dialogue import Inferred, Utterance
from harness.reproducing.forms.form import Told, forms
from harness.reproducing.forms.leads import LogLine
from harness.reproducing.forms.line_template import part_of, pattern_of
from harness.reproducing.forms.quoting import from_list, spoken_lines, within
from harness.taxonomy import STAGES, Protocol


@dataclass(frozen=True)
class _Teller:
    name: str
    told: Told
    template: str

    @property
    def part(self) -> str:
        """Which each line has that it fits."""
        return part_of(self.template)


@functools.cache
def _tellers() -> tuple[_Teller, ...]:
    return tuple(
        _Teller(name, told, template)
        for name, form in forms().items()
        for told in form.tells
        for template in told.line
    )


_SHORTLY: Final = 30
"""In lines: so near, one tells why it came to the other."""


def tell(lines: Sequence[LogLine]) -> tuple[str, list[Utterance]]:
    """The names of the forms that were found, and what was refused, each on a connection of its
    own."""
    text = "\n".join(line.text for line in lines)
    tellers = [each for each in _tellers() if each.part in text]
    names: dict[str, None] = {}
    said: list[Utterance] = []
    told_more = -_SHORTLY
    for line in lines if tellers else ():
        found = next(_found(tellers, line.text), None)
        if found is None:
            continue
        teller, match = found
        if not teller.told.vague:
            told_more = line.number
        elif line.number - told_more < _SHORTLY:
            continue
        names[teller.name] = None
        about = replace(Utterance("*", ""), connection=f"line {line.number}", number=line.number)
        said += [
            replace(each, connection=about.connection, number=line.number, about="told")
            for each in _refused(teller.told, match)
        ]
        if not any(each.direction == "C" for each in said) and _command_unknown(teller.told, match):
            said = [replace(each, about="") for each in said]
    return " and ".join(forms()[name].title for name in names), said


def _command_unknown(told: Told, match: re.Match[str]) -> bool:
    """Whether neither the line nor its form says what the server answered."""
    return not (told.command or told.inferred or "command" in match.groupdict())


def _found(tellers: list[_Teller], text: str) -> Iterator[tuple[_Teller, re.Match[str]]]:
    for teller in tellers:
        if teller.part in text and (match := pattern_of(teller.template).search(text)):
            yield teller, match


_SAID: Final = {
    "END-OF-MESSAGE": ".",
    "END OF DATA": ".",
    "END-OF-DATA": ".",
    "END OF MESSAGE": ".",
    "CONNECT": "",
    "INITIAL CONNECTION": "",
    "PIPELINED DATA": ".",
    "PIPELINED END OF DATA": ".",
}

_NO_ENHANCED: Final = "0.0.0"
"""As Rust's smtp-proto shows that a server gave none."""


def _refused(told: Told, match: re.Match[str]) -> Iterator[Utterance]:
    if told.inferred and told.dialect and told.stage:
        protocol = cast("Protocol", STAGES[told.stage].protocol)
        inferred = Inferred(told.dialect, protocol, told.stage, told.inferred)
        yield Utterance("S", "", protocol=protocol, inferred=inferred)
        return
    groups = match.groupdict()
    command = (groups.get("command") or told.command or "").strip()
    if status := groups.get("status") or told.status:
        yield from _of_imap(
            command, groups.get("tag"), f"{status} {from_list(groups['line'] or '')}"
        )
        return
    command = _SAID.get(command.upper(), command)
    if command == ".":
        yield Utterance("C", "DATA", protocol="smtp")
        yield Utterance("S", "354 ", protocol="smtp")
    if command:
        yield Utterance("C", command, protocol="smtp")
    parts = [groups.get("code"), groups.get("enhanced")]
    code = "".join(f"{part} " for part in parts if part and part != _NO_ENHANCED)
    said = groups.get("line") or ""
    said = within(said, match.string[: match.start("line")]) if said else ""
    for line in spoken_lines(code + said):
        yield Utterance("S", line, protocol="smtp")


def _of_imap(command: str, tag: str | None, said: str) -> Iterator[Utterance]:
    if said.startswith("BYE "):
        yield Utterance("S", f"* {said}", protocol="imap")
        return
    tag = tag or "a1"
    if command:
        yield Utterance("C", f"{tag} {command}", protocol="imap")
    yield Utterance("S", f"{tag} {said}", protocol="imap")
