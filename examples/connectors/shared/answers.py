"""What the Python connectors share: one JSON line in, one out, and what a refused log-in means."""

import json
import sys
from pathlib import Path

WORDS = json.loads(Path(__file__).with_name("words.json").read_text("utf-8"))
NOT_THE_PASSWORD = (502, 503, 504, 530, 538, 550, 554)


class Failed(Exception):
    """The check failed: the documented error, and the library's own error or words."""

    def __init__(self, error, native):
        super().__init__(error, native)
        self.error, self.native = error, native


def serve(check):
    """Answer each line of settings on standard input; `check` raises Failed."""
    for line in sys.stdin:
        settings = json.loads(line)
        answer = {"check": settings["check"], "error": "connected"}
        try:
            check(settings)
        except Failed as failed:
            answer["error"] = failed.error
            answer["message"] = str(failed.native)
            answer["raw"] = repr(failed.native)
        print(json.dumps(answer), flush=True)


def imap_login_error(text):
    if _has("app_password", text):
        return "unauthorized-app-password-required"
    if _has("credentials", text) and not _has("not_credentials", text):
        return "unauthorized"
    return "imap-authentication-error"


def imap_token_error(text):
    """Of a refused token: there is no password that could be meant, whatever the words."""
    return "imap-authentication-error" if _has("not_credentials", text) else "unauthorized"


def imap_confirmation_error(text):
    """Of a session that ended once the log-in had succeeded."""
    return "unauthorized" if _has("token_spent", text) else "imap-confirmation-error"


def token_request_error(text):
    """Of what the authorization server said in place of a token."""
    return "unauthorized" if _has("grant", text) else "imap-authentication-error"


def smtp_login_error(code, text):
    if _has("app_password", text):
        return "unauthorized-app-password-required"
    if code >= 500 and code not in NOT_THE_PASSWORD:
        return "unauthorized"
    return "smtp-settings-incorrect"


def _has(kind, text):
    return any(word in text.lower() for word in WORDS[kind])
