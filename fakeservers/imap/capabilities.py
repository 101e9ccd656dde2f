"""What the server offers in each state: the dialect's list, as far as it is implemented."""

from __future__ import annotations

from functools import lru_cache

from fakeservers.dialects.sides import Side
from fakeservers.sasl import MECHANISMS
from fakeservers.spec import Service

IMPLEMENTED = frozenset(
    {"IMAP4REV1", "SASL-IR", "LITERAL+", "LITERAL-", "ID", "ENABLE", "IDLE", "NAMESPACE"}
    | {"UNSELECT", "CHILDREN", "SPECIAL-USE", "UIDPLUS", "MOVE", "MULTIAPPEND", "BINARY"}
    | {"LIST-EXTENDED", "LIST-STATUS", "STATUS=SIZE", "QUOTA", "CONDSTORE"}
    | {"ESEARCH", "SEARCHRES", "WITHIN", "SORT", "SORT=DISPLAY", "ESORT"}
    | {"THREAD=ORDEREDSUBJECT", "THREAD=REFERENCES"}
    | {"LOGIN-REFERRALS"}  # no more than a promise of what a refusal may say (RFC 2221)
)
_BEFORE_TLS = ("STARTTLS", "LOGINDISABLED")


def before_login(service: Service, side: Side, *, tls_active: bool) -> list[str]:
    """The capabilities of an unauthenticated connection, in the dialect's order.

    Before STARTTLS there is LOGINDISABLED and no mechanism, whatever the dialect says: the
    service does not let anyone log in in cleartext (RFC 3501, section 6.2.3).
    """
    if service.security == "starttls" and not tls_active:
        listed = side.capabilities.before_tls or []
        offered = _implemented(listed, service, *_BEFORE_TLS)
        return offered + [name for name in _BEFORE_TLS if name not in offered]
    listed = side.capabilities.before_login or []
    mechanisms = [f"AUTH={name}" for name in offered_mechanisms(service, side)]
    offered = _implemented(listed, service, "LOGINDISABLED")
    place = next((n for n, name in enumerate(listed) if name.startswith("AUTH=")), len(listed))
    before = len(_implemented(listed[:place], service, "LOGINDISABLED"))
    return offered[:before] + mechanisms + offered[before:]


def after_login(service: Service, side: Side) -> list[str]:
    """The capabilities of an authenticated connection, in the dialect's order."""
    return _implemented(side.capabilities.after_login or [], service)


def _implemented(listed: list[str], service: Service, *more: str) -> list[str]:
    """Those that are implemented, and these; APPENDLIMIT tells the service's own (RFC 7889)."""
    return list(_known(tuple(listed), service.max_message_bytes, more))


@lru_cache(maxsize=256)
def _known(listed: tuple[str, ...], limit: int, more: tuple[str, ...]) -> tuple[str, ...]:
    """Asked for at every reply."""
    told = f"APPENDLIMIT={limit}"
    names = [told if name.upper().startswith("APPENDLIMIT") else name for name in listed]
    known = IMPLEMENTED | {told, *more}
    return tuple(name for name in names if name.upper() in known)


def offered_mechanisms(service: Service, side: Side) -> list[str]:
    """The SASL mechanisms offered once a log-in is allowed: the service's, else the dialect's.

    A service may list mechanisms on purpose that nobody implements; a dialect's are filtered.
    """
    if service.mechanisms is not None:
        return service.mechanisms
    return [name for name in side.mechanisms if name in MECHANISMS]
