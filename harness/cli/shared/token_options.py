"""The options of an account that was connected by OAuth 2. No token is ever on the command line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, get_args

import click

if TYPE_CHECKING:
    from harness.contract.settings import OAuth2Settings


class _GrantChoice(click.ParamType[str]):
    """One of those that there are, which are looked up only where one is given or told."""

    name = "grant"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        return self._choice().get_metavar(param, ctx)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return self._choice().convert(value, param, ctx)

    @staticmethod
    def _choice() -> click.Choice[str]:
        from fakeservers.security import GrantType

        return click.Choice(get_args(GrantType))


_OPTIONS: Final = (
    click.option("--token-env", metavar="VAR", help="The variable that holds the access token."),
    click.option(
        "--refresh-token-env",
        metavar="VAR",
        help="The variable that holds the refresh token: for when a new access token is needed.",
    ),
    click.option(
        "--token-endpoint", metavar="URL", help="Where new access tokens come from (https)."
    ),
    click.option("--client-id", metavar="ID", help="Of the application, as the provider knows it."),
    click.option(
        "--client-secret-env", metavar="VAR", help="The variable that holds the client secret."
    ),
    click.option(
        "--scope", multiple=True, metavar="SCOPE", help="What for; may be given several times."
    ),
    click.option(
        "--grant",
        type=_GrantChoice(),
        help="By which a token is asked for.  [default: refresh_token]",
    ),
)
NAMES: Final = (
    "--token-env",
    "--refresh-token-env",
    "--token-endpoint",
    "--client-id",
    "--client-secret-env",
    "--scope",
    "--grant",
)
"""Of all these options, on the command line."""
_FOR_ASKING: Final = ("client_id", "client_secret_env", "scope", "grant", "refresh_token_env")
_NEVER_ASKED: Final = "https://none.invalid/"
"""The endpoint where there is only an access token: nothing is asked of it."""


def token_options(function: Any) -> Any:
    """Adds them to a command."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def by_token(options: Mapping[str, Any]) -> bool:
    """Whether any of them is given."""
    return any(options.get(_key(name)) for name in NAMES)


def refuse_contradictions(options: Mapping[str, Any]) -> None:
    """What does not go together. Raises UsageError."""
    if not by_token(options):
        return
    if options["password_env"]:
        raise click.UsageError("--password-env and tokens: one logs in with one of them")
    asks_by_itself = options["grant"] == "client_credentials"
    if asks_by_itself and options["refresh_token_env"]:
        raise click.UsageError("--grant client_credentials takes no --refresh-token-env")
    if not options["token_endpoint"]:
        for name in _FOR_ASKING:
            if options[name]:
                raise click.UsageError(f"--{name.replace('_', '-')} needs --token-endpoint")
    elif not options["client_id"]:
        raise click.UsageError("--token-endpoint needs --client-id")
    elif not (asks_by_itself or options["refresh_token_env"]):
        raise click.UsageError(
            "--token-endpoint needs --refresh-token-env, or --grant client_credentials"
        )


def oauth2_of(options: Mapping[str, Any]) -> OAuth2Settings:
    """The tokens, out of the environment. Raises UsageError."""
    from pydantic import ValidationError

    from harness.contract.settings import OAuth2Settings

    try:
        return OAuth2Settings(
            access_token=_variable(options, "token_env"),
            refresh_token=_variable(options, "refresh_token_env"),
            token_endpoint=options["token_endpoint"] or _NEVER_ASKED,
            client_id=options["client_id"] or "",
            client_secret=_variable(options, "client_secret_env"),
            scopes=options["scope"],
            grant=options["grant"] or "refresh_token",
        )
    except ValidationError as error:
        problem = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise click.UsageError(f"--token-endpoint: {problem}") from None


def _variable(options: Mapping[str, Any], name: str) -> str | None:
    variable = options[name]
    if variable is None:
        return None
    if not os.environ.get(variable):
        missing = "is empty" if variable in os.environ else "there is no such variable"
        raise click.UsageError(f"--{name.replace('_', '-')}: {variable}: {missing}")
    return os.environ[variable]


def _key(name: str) -> str:
    return name.removeprefix("--").replace("-", "_")
