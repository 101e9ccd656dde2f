"""`badinbox record`: between a client and a real server; what is said becomes a scenario."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.shared.ending import until_ended
from harness.cli.shared.options import ANY_PORT, CA_FILE, SECURITY, output_file
from harness.cli.shared.printing import say
from harness.files.problems import BadInput

if TYPE_CHECKING:
    import ssl

    from fakeservers.security import Security
    from harness.recording.recorder import Recorder
    from harness.recording.relay import Upstream
    from harness.reproducing.dialogue import Utterance
    from harness.taxonomy import Protocol


def _address(value: str) -> tuple[str, int]:
    """`HOST:PORT`; an IPv6 address stands in brackets (RFC 3986, 3.2.2)."""
    host, _, port = value.rpartition(":")
    bare = ":" in host and not (host.startswith("[") and host.endswith("]"))
    if not host or bare or not port.isdecimal() or not 1 <= int(port) <= 65535:
        raise click.BadParameter(f"{value!r} is not HOST:PORT")
    return host.strip("[]"), int(port)


def _options(protocol: str) -> Callable[[Any], Any]:
    def add(command: Any) -> Any:
        for option in (
            click.option(f"--{protocol}-port", type=ANY_PORT, default=0, metavar="N",
                         help="Where the client is awaited. Left out: any free port."),
            click.option(f"--{protocol}-security", type=SECURITY, default="implicit-tls",
                         show_default=True, help="On both sides."),
            click.option(f"--{protocol}", type=_address, metavar="HOST:PORT",
                         help="The real server."),
        ):  # fmt: skip
            command = option(command)
        return command

    return add


@click.command()
@_options("smtp")
@_options("imap")
@click.option("--token-endpoint", metavar="URL",
              help="Of the real authorization server (https).")  # fmt: skip
@click.option("--token-port", type=ANY_PORT, default=0, metavar="N",
              help="Where requests for a token are awaited. Left out: any free port.")  # fmt: skip
@click.option("--ca-file", type=CA_FILE, metavar="FILE",
              help="Whom to trust for the real server, instead of the system's.")  # fmt: skip
@click.option("--insecure", is_flag=True, help="Take any certificate of the real mail server.")
@click.option("--output", type=output_file, metavar="FILE", default="recorded.yaml",
              show_default=True, help="The scenario file, written at the end.")  # fmt: skip
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def record_command(
    ca_file: Path | None, insecure: bool, output: Path, force: bool, **given: Any
) -> None:
    """Stand between a client and a real server until Ctrl-C, then write a scenario of it.

    Clients connect to 127.0.0.1 and trust the authority whose file is told. What is said is shown,
    without passwords and tokens, and these are kept nowhere.
    """
    if not any(given[name] for name in ("imap", "smtp", "token_endpoint")):
        raise click.UsageError(
            "give --imap HOST:PORT, --smtp HOST:PORT, --token-endpoint URL, or more than one"
        )
    if output.is_file() and not force:
        raise BadInput([f"{output} is there already; --force writes over it"])
    upstreams = _upstreams(given, ca_file, insecure=insecure)
    recorders: list[Recorder] = []
    try:
        until_ended(_record(upstreams, recorders))
    except KeyboardInterrupt:
        say("")
    if recorders:
        _write(recorders[0], upstreams, output)


def _upstreams(
    given: dict[str, Any], ca_file: Path | None, *, insecure: bool
) -> list[tuple[Upstream, int]]:
    import ssl

    from harness.recording.relay import Upstream

    context = ssl.create_default_context(cafile=ca_file)
    if insecure:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    protocols: tuple[Protocol, ...] = ("imap", "smtp")
    found = []
    for protocol in filter(given.get, protocols):
        host, port = given[protocol]
        upstream = Upstream(protocol, host, port, given[f"{protocol}_security"], context)
        found.append((upstream, given[f"{protocol}_port"]))
    if given["token_endpoint"]:
        # Secrets go there, whatever --insecure says.
        trusted = ssl.create_default_context(cafile=ca_file)
        found.append((_token_upstream(given["token_endpoint"], trusted), given["token_port"]))
    return found


def _token_upstream(url: str, context: ssl.SSLContext) -> Upstream:
    from pydantic import ValidationError

    from harness.checker.oauth.token_grant import endpoint_of
    from harness.contract.settings import OAuth2Settings
    from harness.recording.relay import Upstream

    try:
        server, target = endpoint_of(OAuth2Settings(token_endpoint=url, client_id=""))
    except ValidationError as error:
        problem = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise click.UsageError(f"--token-endpoint: {problem}") from None
    path = target.partition("?")[0]
    return Upstream("oauth", server.host, server.port, "implicit-tls", context, path)


async def _record(upstreams: list[tuple[Upstream, int]], recorders: list[Recorder]) -> None:
    import asyncio

    from fakeservers.wire.certificates import process_authority
    from fakeservers.wire.listeners import PortUnavailable
    from harness.recording.recorder import LOOPBACK, recording

    try:
        async with recording(upstreams, _show) as recorder:
            recorders.append(recorder)
            for upstream, _ in upstreams:
                port = recorder.ports[upstream.protocol]
                if upstream.protocol == "oauth":
                    say(f"TOKEN https://{LOOPBACK}:{port}{upstream.path}, to {upstream.host}")
                    continue
                say(
                    f"{upstream.protocol.upper()}  {LOOPBACK} port {port}, {upstream.security}, "
                    f"to {upstream.host} port {upstream.port}"
                )
            say(f"CA    {process_authority().ca_file}")
            say("Ready; Ctrl-C ends it and writes the scenario.\n")
            await asyncio.Event().wait()  # for ever: until Ctrl-C
    except PortUnavailable as error:
        raise BadInput([str(error.strerror)]) from None


def _show(name: str, said: Utterance) -> None:
    about = f" ({said.about})" if said.about else ""
    say(f"{name} {said.direction}: {said.text}{about}")


def _write(recorder: Recorder, upstreams: list[tuple[Upstream, int]], output: Path) -> None:
    from harness.recording.recorded import recorded
    from harness.reproducing.making.file import command_for, told, write_scenario

    securities: dict[Protocol, Security] = {
        up.protocol: up.security for up, _ in upstreams if up.protocol != "oauth"
    }
    made, failure = recorded(recorder.relays, securities)
    what = f"{failure.diagnosis.cause} at {failure.stage}" if failure else "everything works"
    say(f"recorded: {what}")
    write_scenario(output, made)
    for what, told_of in told(made):
        say(f"{what:<10}  {told_of}")
    say(f"\n{output} is written; it is run with: {command_for(output)}")
