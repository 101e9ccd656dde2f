"""Which form a log has is found out by reading it: the one in which most of it makes sense."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from fakeservers.files.patterns import kept_regex
from harness.reproducing.dialogue import ENDINGS, Utterance
from harness.reproducing.forms.fields import read_fields
from harness.reproducing.forms.form import Form, forms
from harness.reproducing.forms.grammar import from_client, from_server
from harness.reproducing.forms.leads import LogLine
from harness.reproducing.forms.line_template import literal_of, part_of
from harness.reproducing.forms.marked import MarkedReader, marks_of, said_in
from harness.reproducing.forms.quoting import spoken_lines
from harness.reproducing.forms.told import tell
from harness.reproducing.forms.unknown import discovered

UNKNOWN: Final = "a form that is not known, told by its structure"
_STRONG_MARK: Final = 4
"""Characters of a mark that hardly stands before anything else."""
_CERTAIN: Final = 100
"""Of a form that is told by more than marks: fields, or what only servers write."""
_SURE: Final = kept_regex(
    r"[2-5]\d\d[ -]\d\.\d{1,3}\.\d{1,3} |\* (?:OK|NO|BAD|BYE|PREAUTH)\b|\+ "
    r"|(?![2-5]\d\d )(?=\S*\d)[\w.-]{1,24} (?:OK|NO|BAD)\b"
)
_INTERESTING: Final = kept_regex(
    r"(?<!\d)[2-5][0-5]\d[ -]|\b(?:OK|NO|BAD|BYE|PREAUTH|CAPABILITY)\b|\+ ", re.IGNORECASE
)
_REFUSED: Final = kept_regex(r"[45]\d\d[ -]|\S+ (?:NO|BAD)\b")
_SAMPLE: Final = 400


@dataclass(frozen=True)
class LogReading:
    """A log as one form has it. `name`: of the form, for people."""

    name: str
    said: list[Utterance]
    strength: int = 0

    @property
    def sense(self) -> int:
        """How much of it makes sense: what is a server's line or a client's command."""
        if not self.strength and self._quotes_both:
            return 0
        sure = self.strength >= _CERTAIN
        heard = sum(each.direction == "S" and (sure or _is_heard(each)) for each in self.said)
        sent = sum(each.direction == "C" and bool(from_client(each.text)) for each in self.said)
        told = sum(each.direction == "*" and not each.about for each in self.said)
        if not heard and not sent:
            return int(self._ended_in_silence)
        both = 2 if heard and (sent or self.strength >= _STRONG_MARK or self._is_sure) else 0
        weight = 4 if self.strength else 3
        return both * (heard + sent) * weight + (told if both else 0)

    @property
    def _ended_in_silence(self) -> bool:
        """Whether a client of one protocol says that it connected, and that the connection ended,
        and of nothing between."""
        told = [each.text for each in self.said if each.protocol]
        ended = told[:1] == ["connecting"] and any(each in ENDINGS for each in told)
        return ended and all(each.direction == "*" for each in self.said)

    @property
    def _quotes_both(self) -> bool:
        """Whether all there is are refusals, and a command behind them: keys of an error."""
        who = "".join(each.direction for each in self.said)
        heard = (each.text for each in self.said if each.direction == "S")
        return re.fullmatch(r"S+C+", who) is not None and all(map(_REFUSED.match, heard))

    @property
    def _is_sure(self) -> bool:
        return any(each.direction == "S" and _SURE.match(each.text) for each in self.said)

    @property
    def has_both(self) -> bool:
        """Whether client and server speak in it."""
        who = {each.direction for each in self.said}
        secret = any(each.text == "suppressed" for each in self.said)
        return "S" in who and ("C" in who or secret)


def _is_heard(said: Utterance) -> bool:
    protocol = from_server(said.text)
    return said.inferred is not None or (protocol is not None and said.protocol in (None, protocol))


NOTHING: Final = LogReading("an error message", [])


def best_reading(lines: Sequence[LogLine]) -> LogReading:
    """The reading that makes most sense; of those that make as much, the one with the strongest
    marks. Where none makes any, nothing was said."""
    readings = list(_readings(lines))
    best = max(readings, key=lambda each: (each.sense, each.strength), default=NOTHING)
    if not best.has_both or not best.sense:
        unknown = LogReading(UNKNOWN, discovered(lines), _STRONG_MARK)
        best = max(best, unknown, key=lambda each: each.sense)
    return replace(best, said=_apart(best.said)) if best.sense else NOTHING


def _readings(lines: Sequence[LogLine]) -> Iterator[LogReading]:
    text = "\n".join(line.text for line in lines)
    interesting = [line for line in lines if _INTERESTING.search(line.text)]
    sample = [*interesting[: _SAMPLE // 4], *interesting[-_SAMPLE:]]
    name, told = tell(lines)
    if told:
        yield LogReading(name, told, _CERTAIN)
    seen: set[tuple[tuple[str, ...], ...]] = set()
    clear = False
    for form in sorted(forms().values(), key=lambda each: not _strength(each)):
        alike = (form.heard, form.sent, form.again, form.sign)
        if form.fields:
            if any(f'"{name}"' in text for name in form.fields.speaker):
                yield LogReading(form.title, read_fields(form, lines), _CERTAIN)
        elif alike in seen and not form.happens and not form.headings:
            continue  # which is read already
        elif not (clear and not _strength(form) and not form.sign) and _may_be(form, text, sample):
            said = MarkedReader(form).read(lines)
            reading = LogReading(form.title, said, _strength(form))
            clear = clear or (reading.has_both and reading.sense > 0)
            seen.add(alike)
            yield reading


def _may_be(form: Form, text: str, sample: Sequence[LogLine]) -> bool:
    if form.sign and not any(each in text for each in form.sign):
        return False
    if form.headings:
        return any(part_of(each) in text for each in form.headings.heard)
    if len(form.speaks) == 1 and _may_end_in_silence(form, text):
        return True
    templates = [each for each in (*form.heard, *form.again) if part_of(each) in text]
    for mark in marks_of(templates, anywhere=form.anywhere):
        for line in sample:
            found = mark.find(line)
            if found and any(
                map(from_server, spoken_lines(said_in(found.groupdict()), form.quoting))
            ):
                return True
    if form.again and not templates:
        return False
    return bool(templates) and not all(map(literal_of, templates))


def _may_end_in_silence(form: Form, text: str) -> bool:
    connecting = any(part_of(each) in text for each in form.happens.get("connecting", ()))
    endings = [each for name in ENDINGS.values() for each in form.happens.get(name, ())]
    return connecting and any(part_of(each) in text for each in endings)


def _strength(form: Form) -> int:
    if form.headings:
        return min(len(literal_of(each)) for each in form.headings.heard)
    return min((len(literal_of(each)) for each in form.heard), default=_STRONG_MARK)


def _apart(said: list[Utterance]) -> list[Utterance]:
    """Connections that only the words before the lines tell apart: those of which each has both
    sides, or begins with a greeting."""
    sides: dict[str, set[str]] = {}
    for each in said:
        if each.direction != "*":
            sides.setdefault(f"{each.connection} {each.apart}", set()).add(each.direction)
    if len(sides) < 2 or any(len(who) < 2 for who in sides.values()):
        return said
    return [replace(each, connection=f"{each.connection} {each.apart}".strip()) for each in said]
