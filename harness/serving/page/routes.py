"""The addresses of the page, each of them one function here; they are matched in this order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from fakeservers.spec import Account
from harness.files.problems import BadInput
from harness.reports.result_text import said, why_in
from harness.reports.transcripts import transcript_lines
from harness.runner.events import CaseResult
from harness.runner.trial import settings_of
from harness.serving.api.models import StateRequest
from harness.serving.api.operation import Call, body_of, checked
from harness.serving.api.responses import TextStream, refusal
from harness.serving.common.how import how, where
from harness.serving.common.reach import way_of
from harness.serving.language import COOKIE, language_of
from harness.serving.page.life_panel import life_panel
from harness.serving.page.live_page import MOST_CONNECTIONS, MOST_LINES, first_paint, live
from harness.serving.page.panels import PAGE, choose, fields, inbox, tester_in
from harness.serving.page.rendering import HEADERS, file_of_page, html, refused
from harness.serving.placing import DOMAIN, label
from harness.serving.refusals import Absent
from harness.serving.scenario_library import Library
from harness.serving.stand import Stand
from harness.texts import LANGUAGES

RouteHandler = Callable[[Call], Awaitable[Response]]

_ONE: Final = "/s/{mailbox:path}"
YEAR_S: Final = 365 * 24 * 3600
_ADDRESSES: Final[list[tuple[str, str, RouteHandler]]] = []
"""Method, path, and what answers."""


def page_routes(stand: Stand, library: Library) -> list[Route]:
    """The page of a stand."""
    return [
        Route(path, _endpoint(stand, library, handle), methods=[method])
        for method, path, handle in _ADDRESSES
    ]


def _endpoint(
    stand: Stand, library: Library, handle: RouteHandler
) -> Callable[[Request], Awaitable[Response]]:
    """A refusal is a page for a person, and a problem for htmx."""

    async def handled(request: Request) -> Response:
        try:
            return await handle(Call(stand, library, request))
        except (HTTPException, BadInput) as error:
            if "hx-request" in request.headers:
                raise
            language = language_of(request.headers)
            return refused(*refusal(error, language), language)

    return handled


def _at(method: Literal["GET", "POST"], path: str) -> Callable[[RouteHandler], RouteHandler]:
    def add(handle: RouteHandler) -> RouteHandler:
        _ADDRESSES.append((method, path, handle))
        return handle

    return add


@_at("GET", "/static/{name}")
async def static(call: Call) -> Response:
    """One of the files that the page is made of besides its HTML."""
    return file_of_page(call.request.path_params["name"])


@_at("GET", "/")
async def home(call: Call) -> Response:
    """What stands, and what can be stood up."""
    # The page first; what takes long to read, it asks for itself.
    wanted = call.library.is_read or "hx-request" in call.request.headers
    choice = choose(await call.library.all(), call.request.query_params) if wanted else None
    guests = call.stand.guests
    shown = choice.found[: choice.shown] if choice and guests else []
    return html(
        "home.html.j2",
        _language(call),
        choice=choice,
        query=call.request.url.query,
        standing=list(call.stand),
        names={each.id: each.name for each in call.stand},
        page=PAGE,
        common=where(guests) if guests else [],
        hows={each.id: how(each, choice.tester) for each in shown} if choice else {},
        refused=guests.refused if guests else [],
        domain=DOMAIN,
        account=Account(),
    )


@_at("GET", "/refused")
async def names_refused(call: Call) -> Response:
    """The names that were typed at the common ports, and let nobody in."""
    guests = call.stand.guests
    return html("refused_names.html.j2", _language(call), refused=guests.refused if guests else [])


@_at("POST", "/start")
async def start(call: Call) -> Response:
    """Stand a scenario up, if it does not stand yet, and go there."""
    form = await _form(call)
    scenario = await call.library.find(form.get("scenario", ""))
    guests = call.stand.guests
    if guests and way_of(scenario).way != "port":
        standing = await guests.guest(scenario, tester_in(form))
        return RedirectResponse(f"/s/{standing.name}", 303)
    if not any(each.id == scenario.id for each in call.stand):
        await call.stand.start(scenario)
    return RedirectResponse(f"/s/{label(scenario.id)}", 303)


@_at("POST", "/language")
async def choose_language(call: Call) -> Response:
    """Choose a language, which is kept, and come back."""
    chosen = (await _form(call)).get("language", "")
    came_from = urlsplit(call.request.headers.get("referer", "/"))
    back = urlunsplit(("", "", "/" + came_from.path.lstrip("/"), came_from.query, ""))
    response = RedirectResponse(back, 303)
    if chosen in LANGUAGES:
        response.set_cookie(COOKIE, chosen, max_age=YEAR_S, samesite="strict")
    return response


@_at("GET", f"{_ONE}/live")
async def happening(call: Call) -> Response:
    """What happens there, as it happens."""
    return TextStream(live(call.stand.feed, call.standing, _language(call)))


@_at("GET", f"{_ONE}/settings")
async def settings(call: Call) -> Response:
    """What to type, and which remedy is followed."""
    return html("settings.html.j2", _language(call), **_state(call))


@_at("GET", f"{_ONE}/messages")
async def messages(call: Call) -> Response:
    """The e-mails in its inboxes."""
    return html("messages.html.j2", _language(call), inbox=inbox(call.standing))


@_at("GET", f"{_ONE}/transcript.txt")
async def transcript(call: Call) -> Response:
    """All lines of all connections since the last reset."""
    records = call.standing.connections()
    lines = [line for record in records for line in transcript_lines(record, most=None)]
    return Response("".join(f"{line}\n" for line in lines), 200, HEADERS, "text/plain")


@_at("GET", f"{_ONE}/scenario.yaml")
async def scenario_file(call: Call) -> Response:
    """The scenario as a file to keep."""
    file = call.standing.scenario.file
    given = {"content-disposition": f"attachment; filename*=UTF-8''{quote(file.name)}"}
    return Response(file.read_text("utf-8"), 200, {**HEADERS, **given}, "application/yaml")


@_at("POST", f"{_ONE}/check")
async def check(call: Call) -> Response:
    """Let the built-in checker check it."""
    result = await call.standing.check()
    return html("result.html.j2", _language(call), **_result(result, _language(call)))


@_at("POST", f"{_ONE}/remedy")
async def remedy(call: Call) -> Response:
    """Follow a remedy, or none any more."""
    await call.standing.apply((await _form(call)).get("advice") or None)
    return html("settings.html.j2", _language(call), **_state(call))


@_at("POST", f"{_ONE}/states")
async def say_state(call: Call) -> Response:
    """The product shows this now."""
    given = await _form(call)
    if given.get("state") != "failing":
        given.pop("error", None)
    await call.standing.the_life().say(checked(StateRequest, given).said())
    return Response(status_code=204)


@_at("POST", f"{_ONE}/next-step")
async def next_step(call: Call) -> Response:
    """Do the next step of its life now."""
    await call.standing.the_life().next_step()
    return Response(status_code=204)


@_at("POST", f"{_ONE}/reset")
async def reset(call: Call) -> Response:
    """Begin its evidence anew."""
    await call.standing.begin_anew()
    return Response(status_code=204)


@_at("POST", f"{_ONE}/stop")
async def stop(call: Call) -> Response:
    """Close it, and go to where others are chosen."""
    await call.stand.stop(call.standing)
    return RedirectResponse("/", 303)


@_at("GET", _ONE)
async def mailbox(call: Call) -> Response:
    """One mailbox; where it does not stand, the offer to stand it up."""
    name = call.request.path_params["mailbox"]
    try:
        standing = call.standing
    except Absent:
        for scenario in await call.library.all():
            if name in (scenario.id, label(scenario.id)):
                return html("absent.html.j2", _language(call), 404, scenario=scenario)
        raise Absent("scenario", name=name) from None
    if name != standing.name:
        return RedirectResponse(f"/s/{standing.name}", 303)
    return html(
        "mailbox.html.j2",
        _language(call),
        link=str(call.request.url),
        most={"connections": MOST_CONNECTIONS, "lines": MOST_LINES},
        inbox=inbox(standing),
        **first_paint(standing.around.feed, standing, _language(call)),
        **life_panel(standing, _language(call)),
        **_state(call),
        **_result(standing.last_check, _language(call)),
    )


def _language(call: Call) -> str:
    return language_of(call.request.headers)


def _result(result: CaseResult | None, language: str) -> dict[str, Any]:
    if result is None:
        return {"result": None}
    reason = why_in(result.judgement, language)
    return {"result": result, "said": said(result.diagnosis, language), "reason": reason}


def _state(call: Call) -> dict[str, Any]:
    standing = call.standing
    before = settings_of(standing.scenario, None, standing.mailbox, standing.place.host)
    if standing.living:
        before = standing.living.first_settings
    return {
        "standing": standing,
        "scenario": standing.scenario,
        "fields": fields(standing.settings, before, _language(call)),
        "account": standing.mailbox.spec.account,
        "followed": standing.remedy.advice if standing.remedy else None,
    }


async def _form(call: Call) -> dict[str, str]:
    text = (await body_of(call.request)).decode("utf-8", errors="replace")
    return {name: values[-1] for name, values in parse_qs(text).items()}
