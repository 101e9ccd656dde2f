"""After how many errors a connection ends, and with which words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from fakeservers.dialects.behaviour import ErrorLimit
from fakeservers.smtp.adapter import ErrorCount

Smtp = Callable[..., AbstractAsyncContextManager[Any]]


def count(limit: ErrorLimit, *replies: tuple[str, str]) -> list[bool]:
    errors = ErrorCount([limit])
    return [errors.count(name, "MAIL", text.encode()) is limit for name, text in replies]


BAD, GOOD = ("unknown-command", "500 no"), ("noop-ok", "250 ok")


@pytest.mark.parametrize(
    ("said", "reached"), [("afterwards", [0, 0, 1]), ("instead", [0, 0, 0]), ("as-well", [0, 0, 0])]
)
def test_how_many_are_borne(said: Any, reached: list[int]) -> None:
    assert count(ErrorLimit(allowed=2, said=said), BAD, GOOD, BAD) == [bool(x) for x in reached]
    assert count(ErrorLimit(allowed=2, said=said), BAD, GOOD, BAD, BAD)[-1]


@pytest.mark.parametrize("name", ["syntax-error", "syntax-error@MAIL", "syntax-error@SIZE="])
def test_those_that_count_are_named_finely_or_not(name: str) -> None:
    limit = ErrorLimit(allowed=1, of=[name])
    assert count(limit, ("syntax-error@SIZE=", "501 no")) == [True]
    assert count(limit, ("nested-mail", "503 no")) == [False]


DIALOGUES: dict[str, tuple[str, list[str], str]] = {
    "of any kind": ("postfix", ["FOO", "RSET now"] * 10, "421 4.7.0 mail.example.test Error: too"),
    "of protocol": (
        "exim",
        ["FOO", "RSET now", "STARTTLS now", "MAIL FROM:<a@@b>"],
        "501-<a@@b>: domain missing or malformed\n501 Too many syntax or protocol errors",
    ),
    "unknown commands": ("exim", ["FOO"] * 4, "500 Too many unrecognized commands"),
    "no errors at all": ("exim", ["NOOP"] * 11, "554 Too many nonmail commands"),
}


@pytest.mark.parametrize(("dialect", "lines", "last"), DIALOGUES.values(), ids=DIALOGUES)
def test_the_last_words_and_the_end(smtp: Smtp, dialect: str, lines: list[str], last: str) -> None:
    async def run() -> None:
        async with smtp(dialect=dialect) as (_, client):
            await client.reply()
            await client.say("EHLO client.test")
            replies = [await client.say(line) for line in lines]
            if dialect == "postfix":  # says so after the last error that it bears
                replies.append(await client.reply())
            assert replies[-1].startswith(last)
            assert await client.reply() == ""

    asyncio.run(run())
