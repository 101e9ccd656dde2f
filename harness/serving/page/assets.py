"""The files that the page is made of besides its HTML."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from harness.serving.api.problem import Refused
from harness.serving.page.rendering import HEADERS

_OWN: Final = Path(__file__).with_name("static")
_SHARED: Final = Path(__file__).parents[2] / "reports" / "templates"

_FILES: Final = {
    "shared.css": (_SHARED / "shared.css", "text/css"),
    "page.css": (_OWN / "page.css", "text/css"),
    "page.js": (_OWN / "page.js", "text/javascript"),
    "htmx.js": (_OWN / "vendor" / "htmx" / "htmx.min.js", "text/javascript"),
    "icon.svg": (_OWN / "icon.svg", "image/svg+xml"),
}


async def asset(request: Request) -> Response:
    """One of them."""
    name = request.path_params["name"]
    if name not in _FILES:
        raise Refused(404, f"there is no file {name!r}")
    file, media_type = _FILES[name]
    return Response(file.read_bytes(), 200, HEADERS, media_type)
