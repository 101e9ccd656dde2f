"""A client of the control API: `badinbox.Client`. It knows addresses and JSON only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Self
from urllib.parse import quote

import httpx

from harness.files.problems import BadInput
from harness.serving.api.runtime import running_sockets

Json = dict[str, Any]

_PATIENCE_S: Final = 90.0
"""Longer than any answer takes: a check, or a wait, has a limit of its own."""


class ApiError(Exception):
    """A request that was refused; `str()` is the sentence that says why. `status`: 0 where nobody
    has answered at all."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class Client:
    """Drives a running `badinbox serve`.

    `address`: the URL that it prints, with `token`; or the path of its Unix socket. Left out, it is
    the only one of yours that runs on this machine; raises BadInput where there is none, or there
    are several. What it returns is the JSON of the API, whose document is at /v1/openapi.json.
    Raises ApiError where a request is refused, or nobody answers.

    >>> import badinbox
    >>> with badinbox.Client("http://127.0.0.1:1") as client:
    ...     client.mailboxes()
    Traceback (most recent call last):
    harness.serving.api.client.ApiError: badinbox serve does not answer: ...
    """

    def __init__(self, address: str = "", token: str = "") -> None:
        address = address or _only_socket()
        over_tcp = address.startswith("http://")
        self._http = httpx.Client(
            base_url=address if over_tcp else "http://badinbox",
            headers={"authorization": f"Bearer {token}"} if over_tcp else {},
            transport=None if over_tcp else httpx.HTTPTransport(uds=address),
            timeout=_PATIENCE_S,
            trust_env=False,  # proxies are not for what is on this machine
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to the API; mailboxes stay."""
        self._http.close()

    def request(self, method: str, path: str, body: Any = None, **query: Any) -> Json:
        """Any request; `path` is what follows `/v1/`."""
        given = {name: value for name, value in query.items() if value is not None}
        try:
            answer = self._http.request(method, f"/v1/{path}", json=body, params=given)
        except httpx.TransportError as error:
            raise ApiError(0, f"badinbox serve does not answer: {error}") from None
        if answer.is_error:
            raise ApiError(answer.status_code, answer.json()["detail"])
        found: Json = answer.json()
        return found

    def scenarios(self, **wanted: str) -> list[Json]:
        """The scenarios that can be stood up, by the query of the API, such as `error`."""
        return list(self.request("GET", "scenarios", **wanted)["scenarios"])

    def mailboxes(self) -> list[Json]:
        """The mailboxes that stand."""
        return list(self.request("GET", "mailboxes")["mailboxes"])

    def one(self, mailbox: str) -> Json:
        """One mailbox; `life` is how far its life has come, where it has one."""
        return self.request("GET", _at(mailbox))

    def start(self, scenario: str, **where: Any) -> Json:
        """Stand a mailbox up; it has `settings`, `name` and the rest."""
        return self.request("POST", "mailboxes", {"scenario": scenario, **where})

    @contextmanager
    def mailbox(self, scenario: str, **where: Any) -> Iterator[Json]:
        """A mailbox that stands as long as the block runs."""
        started = self.start(scenario, **where)
        try:
            yield started
        finally:
            self.stop(started["name"])

    def stop(self, mailbox: str) -> None:
        """Stop a mailbox, by its name or its scenario's id."""
        self.request("DELETE", _at(mailbox))

    def reset(self, mailbox: str) -> Json:
        """Begin its evidence anew."""
        return self.request("POST", _at(mailbox, "reset"))

    def apply_remedy(self, mailbox: str, advice: str | None) -> Json:
        """Follow a remedy; None: the fault is back."""
        return self.request("PUT", _at(mailbox, "remedy"), {"advice": advice})

    def add_rule(self, mailbox: str, rule: Json, service: str = "imap") -> list[Json]:
        """Put a rule before the others; all rules that there are."""
        body = {"service": service, "rule": rule}
        return list(self.request("POST", _at(mailbox, "rules"), body)["rules"])

    def fire(self, mailbox: str, *then: Any, service: str | None = None) -> int:
        """Do this now at its open connections; at how many."""
        body = {"service": service, "then": then}
        return int(self.request("POST", _at(mailbox, "fire"), body)["connections"])

    def remove_rules(self, mailbox: str) -> None:
        """Take out all rules that were added."""
        self.request("DELETE", _at(mailbox, "rules"))

    def transcripts(self, mailbox: str) -> list[Json]:
        """Its connections since the last reset."""
        return list(self.request("GET", _at(mailbox, "transcripts"))["connections"])

    def messages(self, mailbox: str) -> list[Json]:
        """The e-mails in its inboxes."""
        return list(self.request("GET", _at(mailbox, "messages"))["messages"])

    def wait(
        self, kind: str, *, mailbox: str | None = None, after: int = 0, timeout_s: float = 30.0
    ) -> list[Json]:
        """The events of a kind (several are separated by commas) after the one with that number,
        waiting for the first; none where time is up."""
        wanted = {"kind": kind, "mailbox": mailbox, "after": after, "timeout_s": timeout_s}
        return list(self.request("GET", "events", **wanted)["events"])

    def check(self, mailbox: str) -> Json:
        """Let the built-in checker check it, and judge that."""
        return self.request("POST", _at(mailbox, "check"))

    def say(self, mailbox: str, state: str, **more: Any) -> Json:
        """Say what the product is at a mailbox with a life: `connected`, `failing` (with `error`),
        `message` or `sent` (with `message_id`), `stopped`; the life as far as it has come."""
        return self.request("POST", _at(mailbox, "states"), {"state": state, **more})

    def next_step(self, mailbox: str) -> Json:
        """Do the next step of its life now, whatever is awaited; the life as far as it has come."""
        return self.request("POST", _at(mailbox, "next-step"))

    def verdict(self, mailbox: str, error: str, **more: Any) -> Json:
        """Judge what a product said: `error`, and `message`, `stage`, `cause`, `mapping`."""
        return self.request("POST", _at(mailbox, "verdict"), {"error": error, **more})


def _at(mailbox: str, part: str = "") -> str:
    return f"mailboxes/{quote(mailbox, safe='')}" + (f"/{part}" if part else "")


def _only_socket() -> str:
    found = running_sockets()
    if not found:
        raise BadInput(["no `badinbox serve` of yours is running"])
    if len(found) > 1:
        paths = ", ".join(map(str, found))
        raise BadInput([f"several run, choose one by its socket: {paths}"])
    return str(found[0])
