"""What went wrong, for whoever drives the control API: application/problem+json (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from harness.files.problems import BadInput
from harness.serving.api.models import ProblemView
from harness.serving.stand import Conflict

MEDIA_TYPE = "application/problem+json"


class Refused(Exception):
    """A request that is not carried out, with its status and one sentence."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


def problem(status: int, detail: str) -> Response:
    """The response that says so."""
    title = HTTPStatus(status).phrase
    view = ProblemView(title=title, status=status, detail=" ".join(detail.split()))
    return JSONResponse(view.model_dump(), status, media_type=MEDIA_TYPE)


async def explained(_request: Request, error: Exception) -> Response:
    """The response to an exception of a handler."""
    if isinstance(error, Refused):
        return problem(error.status, str(error))
    if isinstance(error, Conflict):
        return problem(409, str(error))
    if isinstance(error, BadInput):
        return problem(422, str(error))
    if isinstance(error, HTTPException):
        response = problem(error.status_code, _worded(error))
        response.headers.update(error.headers or {})
        return response
    return problem(500, f"a fault of badinbox itself: {type(error).__name__}: {error}")


def _worded(error: HTTPException) -> str:
    known = {404: "there is nothing at this address", 405: "that method is not for this address"}
    return known.get(error.status_code, error.detail)


HANDLED = (Refused, BadInput, HTTPException, Exception)
"""What `explained` is registered for."""
