"""The files of dialects, every mistake explained with its line, as those of scenarios.

The modeline of one ends in `dialect.schema.json`; one without it is told by what is in it.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from fakeservers.dialects.dialect import DIALECTS, Dialect, load_dialect, manners
from fakeservers.dialects.sides import AnySide
from fakeservers.dialects.soundness import PROTOCOLS, KeyPlace, unsound
from harness.files.mistakes import follow, validated
from harness.files.nodes import read_yaml
from harness.files.problems import BadInput, KeyPath, Problem, did_you_mean, key_path
from harness.files.pruning import rest_of
from harness.files.whole_file import read_text
from harness.taxonomy import CAUSES

SCHEMA_NAME: Final = "dialect.schema.json"
WHERE: Final = "greeting|ehlo|starttls|login|mail|rcpt|data|end-of-data|confirm"
FAULT_NAME: Final = re.compile(rf"(?P<cause>[a-z0-9-]+?)(-at-({WHERE}))?(-[2-9])?")
_MODELINE: Final = re.compile(
    r"\ufeff?# yaml-language-server: \$schema=(?:\S*/)?([\w.-]+)[ \t\r]*(?:\n|$)"
)
_SIDE: Final = re.compile(
    r"(?m)^(imap|smtp|oauth):.*(\n+([ #].*)?)*?\n? +(manners|faults|capabilities)\b"
)
_TOP_OF_SCENARIOS: Final = re.compile(r"(?m)^(reproduces|stage|cause|remedy)\s*:")


class _DialectFile(Dialect):
    """Its name is that of the file."""

    name: str = ""


def is_dialect(path: Path) -> bool:
    """Whether it lies where the dialects are, says that it is one, or has what only they have."""
    if path.suffix not in (".yaml", ".yml") or not path.is_file():
        return False
    if path.resolve().parent == DIALECTS.resolve():
        return True
    text = path.read_bytes().decode("utf-8", errors="replace")
    if found := _MODELINE.match(text):
        return found[1] == SCHEMA_NAME
    return bool(_SIDE.search(text)) and not _TOP_OF_SCENARIOS.search(text)


def has_modeline(path: Path) -> bool:
    """Whether its first line says that it is a dialect."""
    with path.open("rb") as opened:
        found = _MODELINE.match(opened.readline(1000).decode("utf-8", errors="replace"))
    return found is not None and found[1] == SCHEMA_NAME


def validate_dialect(file: Path) -> None:
    """Raises BadInput with all that is wrong with the file."""
    root = read_yaml(read_text(file), str(file))
    problems: list[Problem] = []
    pruned: Iterable[KeyPath] = ()
    try:
        read = validated(root, _DialectFile, file, _places())
    except BadInput as bad:
        problems += bad.problems
        rest = rest_of(
            root.data, partial(_DialectFile.model_validate, by_alias=True, by_name=False)
        )
        if rest is None:
            raise
        read, pruned = rest
    if "name" in root.entries:
        line = root.entries["name"].line
        message = "the name of a dialect is that of its file: take it out"
        problems.append(Problem(str(file), line, "name", message))
    without_source = any(path[-1] == "source" for path in pruned)
    for path, message in (*unsound(read), *_wrong_names(read)):
        if without_source and path[-1] == "source":
            continue
        node, found = follow(root, path, {})
        shown = path if message.startswith("required") else found
        problems.append(Problem(str(file), node.line, key_path(shown), message))
    if problems:
        raise BadInput(sorted(problems))


@cache
def validated_dialect(path: str, changed: int) -> None:
    """As `validate_dialect`, once for each state of the file. Raises BadInput."""
    validate_dialect(Path(path))


@cache
def _places() -> tuple[KeyPath, ...]:
    """Where the names of replies may stand, for those that stand elsewhere."""
    places: list[KeyPath] = []
    for protocol in PROTOCOLS:
        side = load_dialect("plain").side(protocol)
        places += [(protocol, "manners", name) for name in sorted(manners(protocol))]
        places += [(protocol, "faults", name) for name in side.faults]
    return tuple(places)


def _wrong_names(dialect: Dialect) -> Iterator[tuple[KeyPlace, str]]:
    """Manners are those of `plain`; faults are named by their cause."""
    for protocol in PROTOCOLS:
        side: AnySide[Any] | None = getattr(dialect, protocol)
        known = manners(protocol)
        faults = load_dialect("plain").side(protocol).faults
        for name in side.manners if side else ():
            bare = name.partition("@")[0]
            if bare in known:
                continue
            if _is_fault(bare):
                message = f"a fault, no manner: it belongs at {protocol}.faults.{name}"
            else:
                message = f"no manner is called so{did_you_mean(bare, {*known, *faults})}"
            yield (protocol, "manners", name), message
        for name in side.faults if side else ():
            if name in known:
                message = f"a manner, no fault: it belongs at {protocol}.manners.{name}"
                yield (protocol, "faults", name), message
            elif wrong := _no_fault(
                name, {*side.faults, *known} if side else (), {*faults, *CAUSES}
            ):
                yield (protocol, "faults", name), wrong


def _no_fault(name: str, own: Iterable[str], known: set[str]) -> str | None:
    cause, at, where = name.partition("-at-")
    if not _is_fault(name):
        if at and cause in CAUSES:
            places = ", ".join(WHERE.split("|"))
            return f"there is no place {where!r}; after -at- comes one of {places}"
        hint = did_you_mean(name, known)
        return f"a fault is named by its cause, such as rate-limited-at-mail{hint}"
    if found := re.fullmatch(r"(.+)-([2-9])", name):
        number = int(found[2]) - 1
        before = found[1] if number == 1 else f"{found[1]}-{number}"
        if before not in own:
            return f"a further wording, but there is no {before}"
    return None


def _is_fault(name: str) -> bool:
    found = FAULT_NAME.fullmatch(name)
    return found is not None and found["cause"] in CAUSES
