"""What the Python programs share: settings in, states out."""

import json
import ssl
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "connectors/shared"))
from answers import Failed, imap_login_error, imap_token_error  # noqa: F401


def settings():
    """The line of settings that the manager writes; its end is not waited for."""
    return json.loads(sys.stdin.readline())


def say(state, **more):
    print(json.dumps({"state": state, **more}), flush=True)


def failing(error, native):
    say("failing", error=error, message=str(native) or repr(native))


def trusted(asked):
    context = ssl.create_default_context(cafile=asked["ca_file"])
    if asked["allow_insecure_certificates"]:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def user(asked):
    return asked["username"] or asked["email"]
