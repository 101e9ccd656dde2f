"""What a token says of itself, opaque or signed, and until when it is good."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import get_args

import pytest

from fakeservers.spec import Account, GrantKind, Issuing
from fakeservers.tokens import Tokens, access_token, refresh_token

ACCOUNT = Account()
FORMS = {"opaque": Issuing(), "jwt": Issuing(tokens="jwt")}
KINDS: tuple[GrantKind, ...] = get_args(GrantKind)


@pytest.mark.parametrize("number", [1, 2, 17])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", FORMS)
def test_a_token_is_what_it_was_made_as(form: str, kind: GrantKind, number: int) -> None:
    tokens = Tokens(ACCOUNT, FORMS[form])
    told = tokens.password_kind(access_token(ACCOUNT, FORMS[form], kind, number))
    assert told == ("token" if kind == "valid" else f"token-{kind}")
    assert tokens.refresh_kind(refresh_token(ACCOUNT, kind, number)) == kind


@pytest.mark.parametrize("form", FORMS)
def test_it_expires(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = Tokens(ACCOUNT, FORMS[form])
    issued = tokens.issue("valid").access
    assert tokens.password_kind(issued) == "token"
    later = time.monotonic() + FORMS[form].expires_in_s
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert tokens.password_kind(issued) == "token-expired"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        ACCOUNT.token[:-1],
        f"{ACCOUNT.token}x",
        f"{ACCOUNT.token}.nonsense",
        f"{ACCOUNT.token}.2.2",
        f"{ACCOUNT.token}.expired.x",
        "eyJ",
        "eyJ.eyJ.",
        "eyJhbGciOiJub25lIn0.eyJqdGkiOiIifQ.",
        "eyJhbGciOiJIUzI1NiJ9.eyJqdGkiOiIifQ.AAAA",
        "eyJ" + "\u00e9" * 100,
        "eyJ" + "." * 65536,
        "eyJ" + "x" * 65536,
    ],
)
def test_what_is_none_is_wrong_and_soon_known_to_be(token: str) -> None:
    tokens = Tokens(ACCOUNT, FORMS["jwt"])
    tokens.issue("valid")  # there is a key to be tried
    before = time.process_time()
    assert tokens.password_kind(token) == "wrong"
    assert time.process_time() - before < 0.5


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_token_that_was_changed_is_wrong(part: int) -> None:
    tokens = Tokens(ACCOUNT, FORMS["jwt"])
    parts = tokens.issue("valid").access.split(".")
    middle = len(parts[part]) // 2
    other = "A" if parts[part][middle] != "A" else "B"
    parts[part] = parts[part][:middle] + other + parts[part][middle + 1 :]
    assert tokens.password_kind(".".join(parts)) == "wrong"


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"imap": {"protocol": "imap"}}, []),
        ({"oauth": {"protocol": "oauth"}}, []),
    ],
)
def test_libraries_are_imported_where_a_token_is_signed(
    spec: dict[str, object], expected: list[str]
) -> None:
    """A mailbox that stands, with or without an authorization server, has need of none."""
    program = f"""
import asyncio, sys
from fakeservers.mailbox import open_mailbox
from fakeservers.spec import MailboxSpec
async def stand():
    async with open_mailbox(MailboxSpec.model_validate({{"services": {json.dumps(spec)}}})):
        pass
asyncio.run(stand())
print([name for name in ("joserfc", "h11") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == f"{expected}\n", done.stderr
