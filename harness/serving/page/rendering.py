"""Answers of the page: templates made into text, with the headers that keep a browser to them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from starlette.responses import Response

from harness.texts import load_texts

TEMPLATES: Final = Path(__file__).with_name("templates")
HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}
"""No resource but our own, no script or style in the page itself, in nobody's frame."""


@cache
def _environment() -> Any:
    # Here, so that a start whose page nobody opens does without Jinja2.
    from harness.reports.explain import visible
    from harness.reports.templating import new_environment

    pages = new_environment(TEMPLATES)
    pages.filters["visible"] = visible
    pages.globals["texts"] = load_texts
    return pages


def render(template: str, **values: Any) -> str:
    """The template as text."""
    text: str = _environment().get_template(template).render(values)
    return text


def html(template: str, status: int = 200, **values: Any) -> Response:
    """The template as an answer."""
    return Response(render(template, **values), status, HEADERS, "text/html")
