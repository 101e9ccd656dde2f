"""Home Assistant's integration `imap`, unmodified: what its form says of what was typed into it."""

import asyncio
import json
import os
import sys
from pathlib import Path

os.environ["REQUESTS_CA_BUNDLE"] = os.environ["SSL_CERT_FILE"]  # where it looks for whom to trust
from homeassistant.components import imap
from homeassistant.components.imap.config_flow import validate_input

FORM = {"charset": "utf-8", "folder": "INBOX", "search": "UnSeen UnDeleted"}
"""What stands in its other fields, unless somebody changes it."""
WORDS = Path(imap.__file__).parent / "translations" / "en.json"
SAYS = json.loads(WORDS.read_text("utf-8"))["config"]["error"]


async def check(asked):
    typed = {
        "server": asked["imap"]["host"],
        "port": asked["imap"]["port"],
        "username": asked["username"] or asked["email"],
        "password": asked["password"],
        "verify_ssl": not asked["allow_insecure_certificates"],
    }
    errors = await validate_input(None, FORM | typed)
    if not errors:
        return {"error": "connected"}
    code = next(iter(errors.values()))
    return {"error": code, "message": SAYS[code], "ask_password": "password" in errors}


for line in sys.stdin:
    asked = json.loads(line)
    print(json.dumps({"check": asked["check"], **asyncio.run(check(asked))}), flush=True)
