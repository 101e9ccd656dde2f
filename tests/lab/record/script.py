"""Which steps lead to the answers that are to be recorded, and how these are to be called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.lab.cases import Case
from tests.lab.client import CLOSED, TLS, Protocol, Step, Unread

_GOODBYES = ("z LOGOUT", "QUIT")
_SECURED: dict[tuple[str, str], tuple[Step, ...]] = {
    ("imap", "starttls"): ("a0 STARTTLS", TLS),
    ("smtp", "starttls"): ("EHLO client.test", "STARTTLS", TLS),
}


class BadScript(ValueError):
    """It cannot be followed; the message is one line."""


@dataclass(frozen=True)
class Named:
    """The first steps of a dialogue; the answer to the last of them goes by a name. Where no line
    is sent, the greeting does."""

    name: str
    steps: tuple[Step, ...]

    @property
    def script(self) -> tuple[Step, ...]:
        """Steps that also show whether the server closes after its answer."""
        return (*self.steps, CLOSED)


def of_case(case: Case, name: str | None) -> Named:
    """The answer that a case is about: the one that its fake is told to give, or the last, the
    farewell's apart. Raises BadScript."""
    told = [
        (rule["when"], action) for rule in case.service.get("rules", ()) for action in rule["then"]
    ]
    when, action = next((pair for pair in told if isinstance(pair[1], dict)), ({}, {}))
    name = name or action.get("reply")
    if not name:
        raise BadScript("what is the answer to be called? Give a --name")
    steps = list(case.steps)
    while steps and not _is_asked_at(when, steps[-1]):
        steps.pop()
    return Named(name, tuple(steps))


def _is_asked_at(when: Mapping[str, Any], step: Step) -> bool:
    """It may be this step that the answer is given to."""
    if step == CLOSED:
        return False
    line = step.line if isinstance(step, Unread) else step
    if not isinstance(line, str):
        return True  # TLS, a crowd: a greeting may follow
    if when.get("event") == "greeting" or line in _GOODBYES:
        return False
    return when.get("command", "") in line.upper()


def of_file(path: Path, protocol: Protocol, security: str, words: Mapping[str, str]) -> list[Named]:
    """The named answers of a YAML list. Each entry is a line to send, or `line: name of its
    answer`; the line `greeting` stands for none. `words` are filled in. Raises BadScript."""
    steps: tuple[Step, ...] = (TLS,) if security == "implicit-tls" else ()
    secured = _SECURED.get((protocol, security), ())
    found = []
    for line, name in _entries(path):
        if line == "greeting":
            found.append(Named(name or line, steps))
            continue
        steps, secured = (*steps, *secured, _filled(line, words)), ()
        if name:
            found.append(Named(name, steps))
    if not found:
        raise BadScript(f"{path}: no answer has a name, as in `- a1 NOOP: noop-ok`")
    return found


def _entries(path: Path) -> list[tuple[str, str | None]]:
    try:
        listed = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadScript(f"{path}: {' '.join(str(error).split())}") from None
    if not isinstance(listed, list):
        raise BadScript(f"{path}: expected a list of lines to send")
    return [_entry(path, number, entry) for number, entry in enumerate(listed, 1)]


def _entry(path: Path, number: int, entry: Any) -> tuple[str, str | None]:
    if isinstance(entry, str):
        return entry, None
    if isinstance(entry, dict) and len(entry) == 1:
        ((line, name),) = entry.items()
        if isinstance(line, str) and isinstance(name, str):
            return line, name
    raise BadScript(f"{path}: entry {number}: expected a line, or `line: name of its answer`")


def _filled(line: str, words: Mapping[str, str]) -> str:
    for name, value in words.items():
        line = line.replace(f"{{{name}}}", value)
    return line
