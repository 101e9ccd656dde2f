"""The names by which scenarios are typed: as a user name, and as a host name.

The name of `unauthorized/bad-password-imap[gmail]` is `unauthorized.bad-password-imap.gmail`. What
is left of it without the documented error will do where only one scenario is called so.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from fakeservers.files.kept import kept
from fakeservers.near import near
from harness.serving.placing import DOMAIN, dotted, label

LONGEST: Final = 64
"""Of the local part of an address (RFC 5321, 4.5.3.1.1)."""
TESTER: Final = r"^([a-z0-9][a-z0-9-]{0,19})?$"
_TESTER: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,19}")
_LONGEST_TYPED: Final = 400
_FEW: Final = 4
LOCALHOST: Final = "localhost"
"""Names below it lead to this machine (RFC 6761, 6.3), where what looks them up knows that."""
_ALIKE: Final = 0.8
"""What is less alike is another name: nothing is suggested then."""


@dataclass(frozen=True)
class TypedName:
    """What was typed: the name of a scenario, and of whoever tests, which may be empty."""

    name: str
    tester: str


class NoCase(LookupError):
    """No scenario is meant by a name, or more than one; why, in one line of ASCII."""


def short(scenario_id: str) -> str:
    """The same without the documented error."""
    return dotted(scenario_id.partition("/")[2])


def local_part(scenario_id: str) -> str:
    """What is typed before the `@`: the whole name, or, where that is too long, its end with a
    hash."""
    name = dotted(scenario_id)
    if len(name) <= LONGEST:
        return name
    digest = hashlib.sha256(scenario_id.encode()).hexdigest()[:6]
    return f"{short(scenario_id)[: LONGEST - 7].rstrip('.-')}-{digest}"


def typed_name(username: str) -> TypedName:
    """What a user name says. Its domain does not matter, nor what stands behind a backslash, as in
    the log-ins of shared mailboxes. Raises NoCase: it is none."""
    local = username.strip().partition("\\")[0].partition("@")[0].lower()
    if not local or len(username) > _LONGEST_TYPED:
        raise NoCase(f"the user name chooses the mailbox: type SCENARIO@{DOMAIN}")
    name, plus, tester = local.partition("+")
    if plus and not _TESTER.fullmatch(tester):
        raise NoCase("behind the + are 20 letters, digits and hyphens at most")
    return TypedName(name, tester)


def host_of(scenario_id: str, tester: str = "") -> str:
    """The host name that chooses a scenario in the ClientHello."""
    return ".".join(filter(None, (tester, dotted(scenario_id), LOCALHOST)))


def certified(scenario_id: str) -> tuple[str, ...]:
    """The host names that mean it, also those of testers."""
    names = (dotted(scenario_id), label(scenario_id))
    plain = [f"{name}.{domain}" for name in names for domain in (LOCALHOST, DOMAIN)]
    return (*plain, *(f"*.{each}" for each in plain))


def typed_host(host: str) -> tuple[TypedName, ...]:
    """What a host name may say; none where it is not below a domain of ours."""
    for domain in (LOCALHOST, DOMAIN):
        name = host.removesuffix(f".{domain}")
        if name != host:
            tester, _, rest = name.partition(".")
            tried = [TypedName(rest, tester)] if rest and _TESTER.fullmatch(tester) else []
            return (TypedName(name, ""), *tried)
    return ()


class CaseNames:
    """All names of all scenarios."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._ids: dict[str, set[str]] = {}
        for scenario_id in ids:
            stem = scenario_id.partition("[")[0]
            for name in (dotted(scenario_id), local_part(scenario_id), label(scenario_id)):
                self._ids.setdefault(name, set()).add(scenario_id)
            for loose in (short(scenario_id), dotted(stem), short(stem)):
                self._ids.setdefault(loose, set()).add(scenario_id)
        self._whole = {dotted(each): each for ids in self._ids.values() for each in ids}
        self._files = {short(each.partition("[")[0]) for each in self._whole.values()}

    def find(self, name: str) -> str:
        """The id of the scenario that is meant. Raises NoCase."""
        if name in self._whole:
            return self._whole[name]
        found = sorted(self._ids.get(name, ()))
        if len(found) == 1:
            return found[0]
        if found:
            told = ", ".join(map(local_part, found[:_FEW]))
            more = f" and {len(found) - _FEW} more" if len(found) > _FEW else ""
            raise NoCase(f"{name!a} is {len(found)} scenarios: {told}{more}")
        raise NoCase(f"no scenario is called {name[:LONGEST]!a}")

    def hint(self, name: str) -> str:
        """The end of a line about a name of which there is none: what may be meant."""
        if name in self._ids:
            return ""
        asked = name[:_LONGEST_TYPED]
        meant = difflib.get_close_matches(asked, self._ids, n=1, cutoff=_ALIKE)
        meant = meant or near(asked, self._files)
        shown = [local_part(min(self._ids[each])) for each in meant if each in self._ids]
        return f"; did you mean {' or '.join(shown)}?" if shown else ""


def kept_names(ids: Sequence[str]) -> CaseNames:
    """All names of these, as they were worked out the last time."""
    told = "\n".join(ids).encode(errors="surrogateescape")
    return kept("case-names", lambda: CaseNames(ids), hashlib.sha256(told).hexdigest())
