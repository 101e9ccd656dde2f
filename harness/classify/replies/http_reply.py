"""What a token endpoint answered (RFC 6749, 5.2), taken apart: an answer of HTTP as it was
received, its body alone, or what a client library makes of it in its exceptions."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fakeservers.files.patterns import kept_regex

_STATUS: Final = kept_regex(
    r"\bHTTP/\d(?:\.\d)?\"? (?P<http>[1-5]\d\d)\b|"
    r"\b(?:status(?: ?code)?|http(?: (?:error|status))?|code)\W{0,3}(?P<said>[45]\d\d)\b",
    re.IGNORECASE,
)
_BODY: Final = kept_regex(r"\{.*\}", re.DOTALL)
_ERRORS: Final = (
    "invalid_grant", "invalid_client", "invalid_request", "invalid_scope", "unauthorized_client",
    "unsupported_grant_type", "access_denied", "temporarily_unavailable", "server_error",
    "interaction_required", "consent_required", "login_required", "slow_down", "invalid_token",
    "invalid_code", "invalid_client_secret", "org_internal", "admin_policy_enforced",
    "deleted_client", "invalid_resource", "insufficient_scope", "rate_limit_exceeded",
)  # fmt: skip
"""RFC 6749 section 5.2, RFC 6750 section 3.1, OpenID Connect Core section 3.1.2.6, RFC 8628 section
3.5, and what Google, Microsoft and Zoho say besides."""
_NAMED: Final = kept_regex(rf"(?<![\w-])(?:{'|'.join(_ERRORS)})(?![\w-])")
# `"error": "…"` of JSON, `'error': '…'` of Python (before 3: `u'…'`), `error => "…"` of Ruby,
# `error=…` of a form.
_FIELD: Final = kept_regex(
    r"""["':]?\b(?P<name>error(?:_description|_codes)?|suberror)["']?\s*(?::|=>?)\s*(?:u(?=["']))?
        (?P<value>"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|\[[\d, ]*\]|[\w.%+-]+)""",
    re.VERBOSE,
)
_HEAD: Final = kept_regex(r"\AHTTP/\S.*(?:\n[A-Za-z][\w-]*: .*)*")
_TAGS: Final = kept_regex(r"<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>", re.DOTALL | re.I)
_TRANSIENT: Final = frozenset({"temporarily_unavailable", "server_error", "slow_down"})


@dataclass(frozen=True)
class HttpReply:
    """``status``: of HTTP. ``error``: RFC 6749's, in lower case. ``words``: all that explains it,
    in words and numbers. ``temporary``: it may pass by itself."""

    status: int | None
    error: str | None
    words: str

    @property
    def temporary(self) -> bool:
        later = self.status is not None and (self.status == 429 or self.status >= 500)
        return later or self.error in _TRANSIENT


def read_http(lines: Sequence[str]) -> HttpReply:
    """Take an answer apart. Never raises, whatever it is."""
    text = "\n".join(lines)
    found = _STATUS.search(text)
    status = int(found["http"] or found["said"]) if found else None
    fields = dict(_fields(text))
    error = fields.pop("error", None)
    named = _NAMED.search(error or text)
    if not fields and named is None:
        fields["body"] = _TAGS.sub(" ", _HEAD.sub("", text))
    elif named is not None and not fields:
        fields["text"] = text
    words = [error if error and named is None else "", *fields.values()]
    return HttpReply(
        status=status,
        error=named[0] if named else error.lower() if error else None,
        words=" ".join(" ".join(words).split()),
    )


def _fields(text: str) -> Iterator[tuple[str, str]]:
    """What the body says of the error, be it whole or cut off."""
    body = _BODY.search(text)
    said: Any = None
    if body:
        with contextlib.suppress(ValueError, RecursionError):
            said = json.loads(body[0])
    if isinstance(said, dict):
        yield from _of_json(said)
        return
    for match in _FIELD.finditer(text):
        yield match["name"], match["value"].strip("\"'[]")


def _of_json(said: dict[str, Any]) -> Iterator[tuple[str, str]]:
    error = said.get("error")
    if isinstance(error, dict):  # Google's form outside of OAuth
        said = {"error": error.get("status"), "error_description": error.get("message")}
    for name in ("error", "error_description", "suberror", "error_codes", "message"):
        value = said.get(name)
        if isinstance(value, list):
            yield name, " ".join(f"AADSTS{each}" for each in value if isinstance(each, int))
        elif isinstance(value, str | int):
            yield name, str(value)
