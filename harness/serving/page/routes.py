"""The addresses of the page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from harness.files.problems import BadInput
from harness.reports.explain import said, transcript_lines
from harness.runner.trial import settings_of
from harness.scenario.model import Scenario
from harness.serving.api.operation import body_of
from harness.serving.api.responses import ApiRefusal, TextStream, explained
from harness.serving.library import Absent, Library
from harness.serving.page.panels import PAGE, choose, fields, inbox
from harness.serving.page.rendering import HEADERS, asset, html
from harness.serving.page.watching import MOST_CONNECTIONS, MOST_LINES, live
from harness.serving.placing import label
from harness.serving.stand import Stand
from harness.serving.standing import Standing

Handler = Callable[[Request], Awaitable[Response]]


class Page:
    """The page of a stand."""

    def __init__(self, stand: Stand, library: Library) -> None:
        self._stand = stand
        self._library = library

    def routes(self) -> list[Route]:
        """All of its addresses, in the order in which they are matched."""
        one = "/s/{mailbox:path}"
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/static/{name}", asset),
            ("GET", "/", self.home),
            ("POST", "/start", self.start),
            ("GET", f"{one}/live", self.live),
            ("GET", f"{one}/settings", self.settings),
            ("GET", f"{one}/messages", self.messages),
            ("GET", f"{one}/transcript.txt", self.transcript),
            ("GET", f"{one}/scenario.yaml", self.file),
            ("POST", f"{one}/check", self.check),
            ("POST", f"{one}/remedy", self.remedy),
            ("POST", f"{one}/reset", self.reset),
            ("POST", f"{one}/stop", self.stop),
            ("GET", one, self.mailbox),
        ]
        return [Route(path, _worded(handle), methods=[method]) for method, path, handle in table]

    async def home(self, request: Request) -> Response:
        """What stands, and what can be stood up."""
        # The page first; what takes long to read, it asks for itself.
        wanted = self._library.is_read or "hx-request" in request.headers
        choice = choose(await self._library.all(), request.query_params) if wanted else None
        names = {each.id: each.name for each in self._stand}
        return html(
            "home.html.j2",
            choice=choice,
            query=request.url.query,
            standing=list(self._stand),
            names=names,
            page=PAGE,
        )

    async def start(self, request: Request) -> Response:
        """Stand a scenario up, if it does not stand yet, and go there."""
        scenario = await self._library.find((await _form(request)).get("scenario", ""))
        if not any(each.id == scenario.id for each in self._stand):
            await self._stand.start(scenario)
        return RedirectResponse(f"/s/{label(scenario.id)}", 303)

    async def mailbox(self, request: Request) -> Response:
        """One mailbox; where it does not stand, the offer to stand it up."""
        name = request.path_params["mailbox"]
        try:
            standing = self._stand.get(name)
        except Absent:
            return html("absent.html.j2", 404, scenario=await self._named(name))
        if name != standing.name:
            return RedirectResponse(f"/s/{standing.name}", 303)
        return html(
            "mailbox.html.j2",
            link=str(request.url),
            most={"connections": MOST_CONNECTIONS, "lines": MOST_LINES},
            inbox=inbox(standing),
            **_state(standing),
        )

    async def _named(self, name: str) -> Scenario:
        for scenario in await self._library.all():
            if name in (scenario.id, label(scenario.id)):
                return scenario
        raise Absent([f"there is no scenario {name!r}"])

    async def live(self, request: Request) -> Response:
        """What happens there, as it happens."""
        return TextStream(live(self._stand.feed, self._standing(request)))

    async def settings(self, request: Request) -> Response:
        """What to type, and which remedy is followed."""
        return html("settings.html.j2", **_state(self._standing(request)))

    async def remedy(self, request: Request) -> Response:
        """Follow a remedy, or none any more."""
        standing = self._standing(request)
        await standing.apply((await _form(request)).get("advice") or None)
        return html("settings.html.j2", **_state(standing))

    async def check(self, request: Request) -> Response:
        """Let the built-in checker check it."""
        standing = self._standing(request)
        result = await self._stand.check(standing)
        return html("result.html.j2", result=result, said=said(result.diagnosis))

    async def messages(self, request: Request) -> Response:
        """The e-mails in its inboxes."""
        return html("messages.html.j2", inbox=inbox(self._standing(request)))

    async def reset(self, request: Request) -> Response:
        """Begin its evidence anew."""
        self._standing(request).reset()
        return Response(status_code=204)

    async def stop(self, request: Request) -> Response:
        """Close it, and go to where others are chosen."""
        await self._stand.stop(self._standing(request))
        return RedirectResponse("/", 303)

    async def transcript(self, request: Request) -> Response:
        """All lines of all connections since the last reset."""
        records = self._standing(request).connections()
        lines = [line for record in records for line in transcript_lines(record, most=None)]
        return Response("".join(f"{line}\n" for line in lines), 200, HEADERS, "text/plain")

    async def file(self, request: Request) -> Response:
        """The scenario as a file to keep."""
        scenario = self._standing(request).scenario
        given = {"content-disposition": f"attachment; filename*=UTF-8''{quote(scenario.file.name)}"}
        text = scenario.file.read_text("utf-8")
        return Response(text, 200, {**HEADERS, **given}, "application/yaml")

    def _standing(self, request: Request) -> Standing:
        return self._stand.get(request.path_params["mailbox"])


def _state(standing: Standing) -> dict[str, Any]:
    before = settings_of(standing.scenario, None, standing.mailbox, standing.place.host)
    return {
        "standing": standing,
        "scenario": standing.scenario,
        "fields": fields(standing.settings, before),
        "account": standing.mailbox.spec.account,
        "followed": standing.remedy.advice if standing.remedy else None,
    }


async def _form(request: Request) -> dict[str, str]:
    text = (await body_of(request)).decode("utf-8", errors="replace")
    return {name: values[-1] for name, values in parse_qs(text).items()}


def _worded(handle: Handler) -> Handler:
    """A refusal is a page for a person, and a problem for htmx."""

    async def handled(request: Request) -> Response:
        try:
            return await handle(request)
        except (ApiRefusal, BadInput) as error:
            answer = await explained(request, error)
            if "hx-request" in request.headers:
                return answer
            status = answer.status_code
            phrase = HTTPStatus(status).phrase
            return html("refused.html.j2", status, phrase=phrase, detail=str(error))

    return handled
