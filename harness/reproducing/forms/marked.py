"""Reads a form in which each line, or the heading above it, tells who spoke."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from fakeservers.files.patterns import kept_regex
from fakeservers.wire.entries import Direction
from harness.reproducing.below import happened
from harness.reproducing.dialogue import Utterance
from harness.reproducing.forms.form import Form
from harness.reproducing.forms.grammar import (
    REPLY,
    Grammar,
    from_client,
    from_elsewhere,
    from_server,
)
from harness.reproducing.forms.leads import LogLine, shape_of, told_apart_by
from harness.reproducing.forms.line_template import literal_of, part_of, pattern_of
from harness.reproducing.forms.quoting import from_list, spoken_lines
from harness.taxonomy import Protocol


@dataclass(frozen=True)
class Marking:
    """A compiled template. `bare`: nothing marks the line, so the grammar must tell."""

    pattern: re.Pattern[str]
    strength: int
    anywhere: bool
    part: str
    """Which each line has that it fits."""

    def find(self, line: LogLine) -> re.Match[str] | None:
        """The first place in the line where it fits."""
        if self.part not in line.text:
            return None
        if self.anywhere:
            return self.pattern.search(line.text)
        starts = (self.pattern.match(line.text, start) for start in line.starts)
        return next(filter(None, starts), None)


def marks_of(templates: Sequence[str], *, anywhere: bool = False) -> tuple[Marking, ...]:
    """The templates compiled."""
    return tuple(
        Marking(
            pattern_of(each),
            len(literal_of(each)),
            anywhere and len(literal_of(each)) > 0,
            part_of(each),
        )
        for each in templates
    )


_COMMAND_WORDS: Final = {"username": "AUTH", "password": "AUTH", "authentication": "AUTH"}
"""What PHPMailer calls parts of the log-in."""


@dataclass
class MarkedReader:
    """Reads one log. Lines of nobody are looked at for what happened below the protocol."""

    form: Form
    _said: list[Utterance] = field(default_factory=list)
    _grammar: Grammar = field(default_factory=Grammar)
    _lead: str = ""
    """What stands before the lines, where they have no marks: the same before each."""
    _before: str = ""
    """What stands before the last line that was read."""
    _code: str = ""
    """Of a reply whose last line is still to come."""
    _under: tuple[Direction, str] | None = None
    _last: Utterance | None = None
    _since: set[str] = field(default_factory=set)
    """What the server said since the client spoke."""
    _opened: tuple[int, str] = (0, "")
    """The line that quotes the beginning of a reply, and its code: the next one goes on with it."""
    _refused: set[str] = field(default_factory=set)
    """What the server refused without a mark: the same words once more are the client's."""

    def __post_init__(self) -> None:
        form, far = self.form, self.form.anywhere
        self._heard = marks_of(form.heard, anywhere=far)
        self._sent = marks_of(form.sent, anywhere=far)
        self._by_protocol = all("{protocol}" in each for each in (*form.heard, *form.sent))
        self._again = marks_of(form.again, anywhere=True)
        self._notes = marks_of(form.notes)
        self._hidden = marks_of(form.hidden)
        self._stands = [(marks_of([each]), text) for each, text in form.stands_for.items()]
        self._happens = [(what, marks_of(each)) for what, each in form.happens.items()]
        heads = form.headings
        self._heads: list[tuple[Direction, tuple[Marking, ...]]] = (
            [("S", marks_of(heads.heard)), ("C", marks_of(heads.sent))] if heads else []
        )
        self._below = marks_of(heads.below) if heads else ()
        self._joined = marks_of(heads.joined) if heads else ()

    def read(self, lines: Sequence[LogLine]) -> list[Utterance]:
        """What was said and what happened, in order."""
        if any(mark.strength == 0 for mark in (*self._heard, *self._sent)):
            self._lead = _usual_lead(lines)
        for line in lines:
            for said in self._line(line):
                self._remember(said)
                self._said.append(replace(said, number=line.number))
        return self._said

    def _remember(self, said: Utterance) -> None:
        self._last = said
        if said.direction == "C" or said.text == "suppressed":
            self._since.clear()
        elif said.direction == "S":
            self._since.add(said.text)
        self._grammar.hear(said.direction, said.text)

    def _line(self, line: LogLine) -> Iterator[Utterance]:
        meant = next((text for marks, text in self._stands if _first(marks, line)), None)
        if meant:
            yield Utterance("C", meant)
            return
        told = next((w for w, marks in self._happens if any(m.find(line) for m in marks)), None)
        if told:
            connection = self._connection_in(line)
            yield Utterance("*", told, connection, protocol=self._only)
        elif self._heads and (section := self._section(line)) is not None:
            yield from section
        elif (found := self._who(line)) is not None:
            direction, match = found
            yield from self._spoken(direction, match, line)
        elif any(mark.find(line) for mark in self._notes):
            return
        elif any(mark.find(line) for mark in self._hidden):
            yield Utterance("*", "suppressed")
        elif (again := _first(self._again, line)) is not None:
            yield from self._once_more(again)
        elif (more := self._goes_on(line)) is not None:
            yield more
        else:
            opened = _OPENED.search(line.text)
            self._opened = (line.number, opened[1]) if opened else (0, "")
            yield from happened(line.text)

    def _who(self, line: LogLine) -> tuple[Direction, re.Match[str]] | None:
        """Who is marked as the speaker: the earliest mark, and of those the longest."""
        found: list[tuple[int, int, Direction, re.Match[str]]] = []
        for direction, marks in (("S", self._heard), ("C", self._sent)):
            for mark in marks:
                match = mark.find(line) if mark.strength else self._bare(direction, mark, line)
                if match:
                    said: Direction = "S" if direction == "S" else "C"
                    found.append((match.start(), -mark.strength, said, match))
        if not found:
            return None
        _, _, who, match = min(found, key=lambda each: each[:2])
        return who, match

    def _bare(self, direction: str, mark: Marking, line: LogLine) -> re.Match[str] | None:
        for start in line.starts:
            text = line.text[start:].rstrip()
            if shape_of(line.text[:start]) != self._lead:
                continue
            if self._opened == (line.number - 1, text[:3]):
                return None
            if direction == "S" and _REFUSAL.match(text):
                if text in self._refused:
                    return None
                if self._grammar.who_says(text) == "S":
                    self._refused.add(text)
                    return mark.pattern.match(line.text, start)
            if self._grammar.who_says(line.text[start:]) == direction:
                return mark.pattern.match(line.text, start)
        return None

    def _section(self, line: LogLine) -> list[Utterance] | None:
        for direction, marks in self._heads:
            if (found := _first(marks, line)) is not None:
                self._under = (direction, found.groupdict().get("connection") or "")
                return []
        if self._under is None:
            return None
        direction, connection = self._under
        if not line.text.strip():
            return []
        if (found := _first(self._below, line)) is not None:
            return list(self._speak(direction, found["line"], connection))
        joined = _first(self._joined, line)
        if joined is not None and self._said and self._said[-1].direction == direction:
            before = self._said.pop()
            return [replace(before, text=before.text + joined["line"])]
        self._under = None
        return None

    def _spoken(self, who: Direction, match: re.Match[str], line: LogLine) -> Iterator[Utterance]:
        groups = match.groupdict()
        connection = (
            groups.get("connection") or (self._by_protocol and groups.get("protocol")) or ""
        )
        self._before = line.text[: match.start()]
        apart = told_apart_by(self._before) if self._before else ""
        protocol: Protocol | None = None
        if groups.get("protocol"):
            protocol = "imap" if groups["protocol"] == "IMAP" else "smtp"
        for said in self._speak(who, said_in(groups), connection):
            text = said.text
            if who == "C" and "imap" in (protocol, said.protocol) and not from_client(text):
                text = f"a1 {text}" if from_client(f"a1 {text}") else text
            yield replace(said, text=text, apart=apart, protocol=protocol or said.protocol)

    def _speak(self, who: Direction, text: str, connection: str) -> Iterator[Utterance]:
        only = self._only
        for each in spoken_lines(text, self.form.quoting):
            if who == "C":
                if not from_client(each) and any(
                    hidden.pattern.search(each) for hidden in self._hidden
                ):
                    yield Utterance("*", "suppressed", connection)
                else:
                    yield Utterance("C", each, connection, protocol=only)
            elif from_server(each) or from_elsewhere(each) or each.startswith(self._code or "\0"):
                code = REPLY.match(each)
                self._code = code[0] if code and each[3:4] == "-" else ""
                yield Utterance("S", each, connection, protocol=only)

    def _once_more(self, match: re.Match[str]) -> Iterator[Utterance]:
        """A reply in the client's own words counts where the log has no other."""
        groups = match.groupdict()
        said = list(self._speak("S", match["line"], ""))
        if not said or self._since:
            return
        if command := groups.get("command"):
            verb = _COMMAND_WORDS.get(command.lower(), command)
            last = self._last.text.upper() if self._last else ""
            if not last.startswith(verb.split()[0]) and last != "SUPPRESSED":
                yield Utterance("C", verb, protocol="smtp")
        yield from said

    def _goes_on(self, line: LogLine) -> Utterance | None:
        """A line without a mark that belongs to the one before it."""
        text = line.text.strip()
        last = self._last
        if last is None or last.direction == "*":
            return None
        if self._code and (more := self._more_of_the_reply(line)):
            self._code = self._code if more[3:4] == "-" else ""
            return replace(last, text=more)
        if last.direction == "C" and line.text == text and from_client(text) == "imap":
            return replace(last, text=text)
        return None

    def _more_of_the_reply(self, line: LogLine) -> str | None:
        """The next line of the reply that goes on, behind what stood before the last one."""
        for found in re.finditer(rf"(?<!\S){self._code}(?=[ -]|$)", line.text):
            start = found.start()
            if start in line.starts or shape_of(line.text[:start]) == shape_of(self._before):
                return line.text[start:].rstrip()
        return None

    @property
    def _only(self) -> Protocol | None:
        """The protocol of the form, where it has one."""
        return self.form.speaks[0] if len(self.form.speaks) == 1 else None

    def _connection_in(self, line: LogLine) -> str:
        for mark in (*self._heard, *self._sent):
            if "(?P<connection>" in mark.pattern.pattern:
                lead = mark.pattern.pattern.partition("(?P<line>")[0]
                found = re.search(_CONNECTION, line.text)
                return found[0] if found and lead else ""
        return ""


_OPENED: Final = kept_regex(r"[\s:\"'(]([45]\d\d)-\S")
_REFUSAL: Final = kept_regex(r"[45]\d\d |\S+ (?:NO|BAD) ")
_CONNECTION: Final = kept_regex(r"(?<=\[)[\w-]{6,}(?=\])|[\w.-]+#\d+")


def _usual_lead(lines: Sequence[LogLine]) -> str:
    """What stands before most lines that look like a part of a dialogue."""
    found = Counter[str]()
    grammar = Grammar()
    for line in lines:
        starts = (start for start in line.starts if grammar.who_says(line.text[start:]))
        if (start := next(starts, None)) is not None:
            found[shape_of(line.text[:start])] += 1
    return found.most_common(1)[0][0] if found else ""


def said_in(groups: dict[str, str | None]) -> str:
    """The line, with the tag that stands apart from it."""
    line, tag = groups["line"] or "", groups.get("tag")
    if tag == "null":  # a response without a tag, as Java writes it
        tag = "*"
    return f"{tag} {from_list(line)}" if tag else line


def _first(marks: Sequence[Marking], line: LogLine) -> re.Match[str] | None:
    return next(filter(None, (mark.find(line) for mark in marks)), None)
