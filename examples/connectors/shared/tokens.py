"""Access tokens for the Python connectors: the one of the settings, and a new one where needed."""

import json
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request

from answers import Failed, token_request_error

MOST_BYTES = 65536


class Tokens:
    """Of one check. `post(settings, fields)` sends a form to the token endpoint; its answer in
    bytes, or Failed."""

    def __init__(self, settings, post=None):
        self._settings, self._post = settings, post or post_by_urllib
        self._access = settings["oauth2"]["access_token"]
        self._renewed = False

    def current(self):
        """The access token; a new one where there is none, or it is known to have expired."""
        expires_at = self._settings["oauth2"]["expires_at"]
        spent = expires_at is not None and expires_at <= time.time() and not self._renewed
        if self._access is None or (spent and self._renewable()):
            self._renew()
        return self._access

    def another(self):
        """A new one in place of one that was refused, once; None where none is to be had."""
        if self._renewed or not self._renewable():
            return None
        self._renew()
        return self._access

    def _renewable(self):
        oauth2 = self._settings["oauth2"]
        return oauth2["grant"] == "client_credentials" or oauth2["refresh_token"] is not None

    def _renew(self):
        self._renewed = True
        if not self._renewable():
            raise Failed("unauthorized", "there is no token, and none can be asked for")
        answer = self._post(self._settings, request_for_a_token(self._settings["oauth2"]))
        try:
            said = json.loads(answer)
            self._access = said["access_token"]
        except (ValueError, KeyError, TypeError) as error:
            text = answer.decode("utf-8", "replace")
            raise Failed(token_request_error(text), text) from error


def request_for_a_token(oauth2):
    """The fields of the form: RFC 6749, sections 6 and 4.4; the application by its body (2.3.1)."""
    fields = {"grant_type": oauth2["grant"], "client_id": oauth2["client_id"]}
    if oauth2["client_secret"] is not None:
        fields["client_secret"] = oauth2["client_secret"]
    if oauth2["grant"] == "refresh_token":
        return fields | {"refresh_token": oauth2["refresh_token"]}
    return fields | {"scope": " ".join(oauth2["scopes"])}


def post_by_urllib(settings, fields):
    """Python has no OAuth client of its own: scripts such as mutt_oauth2.py do so."""
    context = ssl.create_default_context(cafile=settings["ca_file"])
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    endpoint, form = settings["oauth2"]["token_endpoint"], urllib.parse.urlencode(fields).encode()
    try:
        with opener.open(endpoint, form, settings["timeout_s"]) as answer:
            return beginning(answer, settings)
    except urllib.error.HTTPError as refused:  # the error is in the body
        return beginning(refused, settings)
    except OSError as error:
        reason = getattr(error, "reason", error)
        untrusted = isinstance(reason, ssl.SSLCertVerificationError)
        name = "unauthorized-untrusted-certificate" if untrusted else "imap-authentication-error"
        raise Failed(name, error) from error


def beginning(answer, settings):
    """As much of it as anybody reads, and within the time-out: urllib's is of each wait."""
    until, said = time.monotonic() + settings["timeout_s"], b""
    while len(said) < MOST_BYTES and (part := answer.read1(MOST_BYTES)):
        said += part
        if time.monotonic() > until:
            raise Failed("imap-authentication-error", "the answer comes to no end")
    return said


def with_token(tokens, log_in):
    """Log in by `log_in(token)`, which raises Failed; where the token was refused, once more with a
    new one."""
    try:
        log_in(tokens.current())
    except Failed as failed:
        token = tokens.another() if failed.error == "unauthorized" else None
        if token is None:
            raise
        log_in(token)


def initial_response(mechanism, user, token):
    """The initial response of XOAUTH2, or of OAUTHBEARER (RFC 7628, 3.1)."""
    if mechanism == "XOAUTH2":
        return f"user={user}\1auth=Bearer {token}\1\1"
    name = user.replace("=", "=3D").replace(",", "=2C")
    return f"n,a={name},\1auth=Bearer {token}\1\1"


def answers_to(mechanism, user, token):
    """What libraries ask for the client's side: the token, then the end of an exchange that failed
    (RFC 7628, 3.2.3), whose challenge begins with `{`."""

    def answer(challenge=None):
        if challenge:
            return "" if mechanism == "XOAUTH2" else "\1"
        return initial_response(mechanism, user, token)

    return answer


def mechanism_of(offered):
    """Of those that a server offers, in upper case; XOAUTH2 where it offers neither."""
    only_bearer = "OAUTHBEARER" in offered and "XOAUTH2" not in offered
    return "OAUTHBEARER" if only_bearer else "XOAUTH2"
