"""What following an advice may change of the facts: what its words say, never the fault by decree.

A remedy proves something only where the change is what the customer, the administrator or time
would bring about. So each advice may change facts of its kind, and of the circumstances (`state`)
those that it can end; where a fact that rules read is what is wrong, no circumstance stands for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from fakeservers.files.base_model import kebab
from harness.files.problems import KeyPath
from harness.scenario.model import CaseFile, Facts, RemedyFile
from harness.taxonomy import CAUSES, Advice, Cause

CHANGES: Final[dict[Advice, tuple[str, ...]]] = {
    "confirm-server-and-port": ("customer.imap", "customer.smtp", "service.security"),
    "meet-technical-requirements": ("service.security", "service.tls", "state"),
    "allow-ip-addresses": ("allow-list", "service.listen"),
    "contact-it-or-provider": ("account", "bcc", "mailbox", "service", "allow-list", "state"),
    "reduce-simultaneous-connections": ("service.occupied",),
    "confirm-address-and-password": (
        "customer.email",
        "customer.username",
        "customer.password",
        "account.password",
        "state",
    ),
    "use-custom-username": ("customer.username",),
    "use-app-password": ("customer.password",),
    "check-certificate": ("service.certificate", "state"),
    "allow-insecure-certificates": ("customer.allow-insecure-certificates",),
    "retry-later": ("state", "service.occupied"),
    "enable-access": ("state",),
    "connect-with-oauth": ("customer.oauth2",),
    "unlock-in-browser": ("state",),
    "free-space": ("mailbox", "state"),
    "reconnect-account": ("customer.oauth2", "state"),
    "contact-oauth-client-owner": ("customer.oauth2", "oauth-client", "state"),
    "change-sender": ("customer.email", "customer.username"),
}
"""By advice, the facts that it may change, each with all below it; `service` is any of them."""

ENDS: Final[dict[Advice, dict[str, str]]] = {
    "contact-it-or-provider": {
        "ancient": "the server's software is too old",
        "blocked": "the administrator keeps this account out, and the server does not say why",
        "broken-mailbox": "the account's storage is damaged, missing or held by something else",
        "closed": "there is no mail service at this server now, and it says so",
        "confused": "the server takes a right command for a wrong one",
        "crashing": "the server's software ends in the middle",
        "faulty-software": "the server says what the protocol does not know",
        "filtered": "a filter holds the message for unwanted",
        "half-logged-in": "what stands behind the log-in refuses it once it is used",
        "hanging": "the server's software stops answering",
        "locked": "the account is locked, suspended or in use",
        "login-not-counted": "the server does not count the log-in when mail is sent",
        "low-size-limit": "messages may be smaller only than the test e-mail",
        "mechanism-off": "the mechanism is offered, but the account may not use it",
        "modern-auth-only": "an administrator's policy takes no password",
        "no-relaying": "the server sends no mail of this account to other domains",
        "not-authorized": "the account has no right to this service",
        "picky": "the server takes no client that calls itself as this one does",
        "recipient-unavailable": "the BCC address exists, but takes no mail now",
        "recipient-unknown": "the BCC address does not exist",
        "something-between": "a proxy or a filter answers in place of the server",
        "strict": "as `picky`: the client's name must be one that the DNS knows",
        "unknown-client": "the provider does not let this mail program in",
        "used-up": "what the account has paid for is used up",
    },
    "meet-technical-requirements": {
        "ancient": "the server's software is too old",
        "broken-middlebox": "a device on the way breaks TLS",
        "certificates-wanted": "the server wants a certificate of its clients",
        "client-certificate-expired": "the certificate that the client shows has expired",
        "crashing": "the server's software ends in the middle",
        "hanging": "the server's software stops answering",
        "inspected": "a firewall blots out STARTTLS",
        "intruder": "somebody on the way injects commands",
        "no-certificate": "the server has no certificate that it could load",
    },
    "check-certificate": {
        "directory-certificate-expired": "the certificate of the server's directory has expired"
    },
    "confirm-address-and-password": {"expired": "the password has expired; a new one has not"},
    "enable-access": {
        "imap-off": "the customer or an administrator has IMAP switched off",
        "smtp-auth-off": "the same, of sending with a log-in",
    },
    "free-space": {"storage-full": "the account's storage is full"},
    "retry-later": {
        "disk-full": "the server's own disk is full",
        "limited": "too much was done in too short a time",
        "locked": "the account is locked, suspended or in use",
        "not-connected": "the log-in is right, but what stands behind it is not there yet",
        "outage": "the server, or what it needs, is out of order",
        "overloaded": "the server has no process left for one more client",
        "expired-meanwhile": "the token has expired since IMAP accepted it",
        "session-expired": "the server ends sessions whose token has expired",
        "slow-directory": "the server's directory takes longer than the server waits",
    },
    "reconnect-account": {
        "consent-missing": "nobody has consented to the application, or no administrator has",
        "revoked-meanwhile": "the consent was withdrawn after IMAP had accepted the token",
        "sign-in-wanted": "the provider wants its owner to sign in anew",
    },
    "contact-oauth-client-owner": {
        "client-expired": "the secret of the application has expired",
        "no-smtp-scope": "the tokens are for IMAP only: the application never asked for SMTP",
        "client-off": "the application is switched off, or unknown to this provider",
    },
    "unlock-in-browser": {
        "suspicious": "the provider holds the log-in for somebody else's",
        "unverified": "the provider wants the account confirmed",
    },
}
"""By advice, the circumstances that it can end, with what each means. Others, of scenarios of one's
own, may be ended by any of these advices; the id of a cause, by what is advised for it."""

CIRCUMSTANCES: Final = frozenset(name for ended in ENDS.values() for name in ended)
"""Those that have a meaning here."""

FACT_INSTEAD: Final[dict[Cause, str]] = {
    "ip-not-allowed": "allow-list, with the condition `peer: not-allowed`",
    "ip-blocked": "allow-list, with the condition `peer: not-allowed`",
    "too-many-connections": "occupied, with the condition `connections`",
    "custom-username-required": "customer.username, with the condition `username`",
    "app-password-required": "customer.password, with the condition `password: account`",
    "tls-required": "security, with the condition `tls: false`",
    "token-for-another-user": "customer.oauth2, whose tokens are `for-another-user`",
    "sender-not-allowed": "customer.email, with the condition `sender: foreign`",
    "wrong-server": "customer.imap.service, and a service that is the right one",
}
"""Causes for which a circumstance proves nothing, as there is a fact that rules read."""


def remedy_findings(
    case: CaseFile, remedy: RemedyFile, before: Facts, after: Facts
) -> Iterator[tuple[KeyPath, str]]:
    """What is wrong with a remedy, and at which of its keys."""
    changed = list(_changed(before.model_dump(), after.model_dump()))
    if not changed and not remedy.keep_mailbox:
        yield ("apply",), "required: nothing changes, so nothing is cured"
    if remedy.keep_mailbox and _fixed(before) != _fixed(after):
        message = "a running mailbox changes its account, state, allow-list and occupied only"
        yield ("keep-mailbox",), message
    may = CHANGES[remedy.advice]
    for path in changed:
        name = _name(path)
        if name == "service.rules":  # which is said of any remedy
            continue
        if not any(f"{name}.".startswith(f"{allowed}.") for allowed in may):
            yield ("apply", *path), f"{remedy.advice} never changes that; it changes: {_said(may)}"
    if "state" in may and before.state != after.state:
        for message in _state_findings(case.cause, remedy.advice, before.state, after.state):
            yield ("apply", "state"), message


def rules_in(apply: Mapping[str, Any]) -> Iterator[KeyPath]:
    """Where a change of facts says what rules there are."""
    places: list[tuple[KeyPath, Any]] = [((name,), apply.get(name)) for name in ("imap", "smtp")]
    services = apply.get("services")
    if isinstance(services, dict):
        places += [(("services", name), service) for name, service in services.items()]
    for path, service in places:
        if isinstance(service, dict) and "rules" in service:
            yield (*path, "rules")


def _state_findings(
    cause: Cause | None, advice: Advice, before: list[str], after: list[str]
) -> Iterator[str]:
    if set(after) - set(before):
        yield "a remedy ends circumstances, and begins none"
    if cause in FACT_INSTEAD:
        yield f"{cause} is cured by a fact, not by decree: change {FACT_INSTEAD[cause]}"
    for name in set(before) - set(after):
        able = [each for each in ENDS if name in ENDS[each]]
        if name in CAUSES:
            able = list(CAUSES[name].advice)
        if able and advice not in able:
            yield f"{advice} does not end {name!r}; {_said(able)} does"


def _changed(before: Any, after: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Where two facts differ, by their keys in YAML."""
    if not (isinstance(before, Mapping) and isinstance(after, Mapping)):
        if before != after:
            yield path
        return
    for key in sorted(before.keys() | after.keys()):
        yield from _changed(before.get(key), after.get(key), (*path, kebab(key)))


def _name(path: KeyPath) -> str:
    """The path as `CHANGES` has it: a service is a service, whichever it is."""
    if path[0] in ("imap", "smtp", "oauth"):
        path = ("service", *path[1:])
    elif path[0] == "services":
        path = ("service", *path[2:])
    return ".".join(map(str, path))


def _fixed(facts: Facts) -> dict[str, Any]:
    """All that a running mailbox keeps as it is."""
    changing = {"account", "bcc", "state", "allow_list", "hidden", "named"}
    spec = facts.mailbox_spec().model_dump(exclude=changing)
    for service in spec["services"].values():
        del service["occupied"]
    return spec


def _said(names: list[Advice] | tuple[str, ...]) -> str:
    return ", ".join(names)
