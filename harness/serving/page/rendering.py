"""Answers of the page: templates made into text, and files; what a browser may do with them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from starlette.responses import Response

from harness.serving.refusals import Absent
from harness.texts import load_page_texts, load_report_texts, load_texts, retold

_TEMPLATES: Final = Path(__file__).with_name("templates")
_OWN: Final = Path(__file__).with_name("static")
_SHARED: Final = Path(__file__).parents[2] / "reports" / "templates"

_FILES: Final = {
    "shared.css": (_SHARED / "shared.css", "text/css"),
    "page.css": (_OWN / "page.css", "text/css"),
    "page.js": (_OWN / "page.js", "text/javascript"),
    "htmx.js": (_OWN / "vendor" / "htmx" / "htmx.min.js", "text/javascript"),
    "icon.svg": (_OWN / "icon.svg", "image/svg+xml"),
}
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
def _environment(language: str) -> Any:
    # Here, so that a start whose page nobody opens does without Jinja2.
    from harness.reports.html import new_environment, typeset
    from harness.texts.escaping import visible, visible_lines

    pages = new_environment(language, _TEMPLATES)
    pages.filters |= {"visible": visible, "visible_lines": visible_lines}
    pages.filters["retold"] = lambda text, kind: typeset(retold(kind, text, language), language)
    loaded = {"texts": load_texts, "page_texts": load_page_texts, "report_texts": load_report_texts}
    pages.globals |= {name: typeset(load(language), language) for name, load in loaded.items()}
    return pages


def render(template: str, language: str, **values: Any) -> str:
    """The template as text."""
    text: str = _environment(language).get_template(template).render(values)
    return text


def html(template: str, language: str, status: int = 200, /, **values: Any) -> Response:
    """The template as an answer."""
    return Response(render(template, language, **values), status, HEADERS, "text/html")


def refused(status: int, detail: str, language: str) -> Response:
    """The page that says why there is no other."""
    phrase = load_page_texts(language)["refused"].get(status, str(status))
    return html("refused.html.j2", language, status, status=status, phrase=phrase, detail=detail)


def file_of_page(name: str) -> Response:
    """One of the files that the page is made of besides its HTML. Raises Absent."""
    if name not in _FILES:
        raise Absent("file", name=name)
    file, media_type = _FILES[name]
    return Response(file.read_bytes(), 200, HEADERS, media_type)
