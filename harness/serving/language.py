"""In which language the page, and what it is refused with, is for whoever asks."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import Final

from starlette.datastructures import Headers

from harness.texts import LANGUAGES

COOKIE: Final = "badinbox-language"
"""Holds the language that was chosen on the page. Cookies know no ports: every stand has it."""


def language_of(headers: Headers) -> str:
    """The one that was chosen, else the first that the browser asks for (RFC 9110, 12.5.4) and we
    have, else English."""
    chosen = cookie(headers, COOKIE)
    asked = map(_asked, headers.get("accept-language", "").split(","))
    ranked = sorted(asked, key=lambda each: -each[1])  # those that are wanted as much stay in order
    wanted = [chosen, *(name for name, weight in ranked if weight > 0)]
    return next((name for name in wanted if name in LANGUAGES), LANGUAGES[0])


def cookie(headers: Headers, name: str) -> str:
    """The value of a cookie; empty where there is none."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def _asked(item: str) -> tuple[str, float]:
    """The name of a language, without a region, and how much it is wanted."""
    name, *parameters = (part.strip() for part in item.split(";"))
    weight = next((each[2:] for each in parameters if each.startswith("q=")), "1")
    try:
        return name[:2].lower(), float(weight)
    except ValueError:
        return "", 0.0
