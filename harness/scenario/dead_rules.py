"""Rules that can never fire because of an earlier one. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from fakeservers.spec import EventName, Rule, Service, When

_IMPLICIT: Final[tuple[EventName, ...]] = (
    "connect",
    "tls",
    "greeting",
    "command",
    "login",
    "continuation",
    "data",
    "end-of-data",
)
# With STARTTLS, greeting and commands come before the handshake.
_STARTTLS: Final[tuple[EventName, ...]] = ("connect", "greeting", "command", "tls", *_IMPLICIT[4:])
_ONE_OF: Final = ("command", "mechanism", "password")
_EQUAL: Final = ("username", "peer", "tls", "state", "sender", "recipient", "argument")


def dead_rules(service: Service) -> Iterator[tuple[int, str]]:
    """The position of each rule that can never fire, and why."""
    for later, rule in enumerate(service.rules):
        if service.listen != "listening":
            yield later, f"never fires: the port is {service.listen}"
            continue
        for earlier, before in enumerate(service.rules[:later]):
            if before.times is None and covers(before.when, rule.when):
                yield later, f"never fires: rules[{earlier}] fires first whenever it could"
                break
        else:
            if (ender := _ended_before(service, rule)) is not None:
                yield later, f"never fires: rules[{ender}] ends every connection before"


def covers(earlier: When, later: When) -> bool:
    """Whether the earlier conditions hold wherever the later ones do."""
    if earlier.event != later.event:
        return False
    return (
        all(_within(getattr(later, name), getattr(earlier, name)) for name in _ONE_OF)
        and all(getattr(earlier, name) in (None, getattr(later, name)) for name in _EQUAL)
        and _as_strict(later.connections, earlier.connections, "over")
        and _as_strict(later.failures, earlier.failures, "at_least")
    )


def _within(narrow: list[str] | None, wide: list[str] | None) -> bool:
    return wide is None or (narrow is not None and set(narrow) <= set(wide))


def _as_strict(narrow: Any, wide: Any, number: str) -> bool:
    if wide is None:
        return True
    if narrow is None or narrow.per != wide.per:
        return False
    return bool(getattr(narrow, number) >= getattr(wide, number))


def _ended_before(service: Service, rule: Rule) -> int | None:
    """The position of a rule that ends every connection before the event of this one."""
    order = _STARTTLS if service.security == "starttls" else _IMPLICIT
    for position, other in enumerate(service.rules):
        unconditional = other.times is None and other.when == When(event=other.when.event)
        if not unconditional or not any(action.ends for action in other.then):
            continue
        if other.when.event in order[: order.index(rule.when.event)]:
            return position
    return None
