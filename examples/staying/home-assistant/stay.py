"""Home Assistant's integration `imap`: its core is started without its web interface, and given the
entry that its form would make. What it does from then on is its own; looked at are the state of the
entry, whether its coordinator has data, the event `imap_content`, and whether it asks for the
password (a flow `reauth`)."""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
from states import failing, say, settings, user

LOOK_S = 0.2


async def main(asked):
    os.environ["REQUESTS_CA_BUNDLE"] = asked["ca_file"]  # where it looks for whom to trust
    from homeassistant.components.imap.const import DOMAIN
    from homeassistant.config_entries import ConfigEntry

    hass = await core()
    hass.bus.async_listen("imap_content", taken_in)
    entry = ConfigEntry(
        version=1,
        minor_version=1,
        domain=DOMAIN,
        title="life",
        source="user",
        data={
            "server": asked["imap"]["host"],
            "port": asked["imap"]["port"],
            "username": user(asked),
            "password": asked["password"],
            "charset": "utf-8",
            "folder": "INBOX",
            "search": "UnSeen UnDeleted",
            "verify_ssl": not asked["allow_insecure_certificates"],
        },
    )
    await hass.config_entries.async_add(entry)
    told = None
    while True:
        view = seen(hass, entry)
        if view != told:
            told = view
            if view == "connected":
                say("connected")
            else:
                failing(*view)
        await asyncio.sleep(LOOK_S)


async def core():
    from homeassistant import bootstrap, loader
    from homeassistant import config as configuration
    from homeassistant.config_entries import ConfigEntries
    from homeassistant.core import HomeAssistant

    hass = HomeAssistant(tempfile.mkdtemp(prefix="home-assistant-"))
    hass.config.skip_pip = True
    loader.async_setup(hass)
    hass.config_entries = ConfigEntries(hass, {})
    await bootstrap.async_load_base_functionality(hass)
    usual = configuration.CORE_CONFIG_SCHEMA({})
    await configuration.async_process_ha_core_config(hass, usual)
    return hass


def taken_in(event):
    if event.data["initial"]:  # else it is the last one again
        say("message", message_id=event.data["headers"]["Message-ID"][0].strip())


def seen(hass, entry):
    """What somebody who looks at it sees: its code and words where it fails."""
    asks = hass.config_entries.flow.async_progress_by_handler(entry.domain)
    if any(flow["context"]["source"] == "reauth" for flow in asks):
        return "reauth", "Username or password incorrect, starting reauthentication"
    coordinator = hass.data.get(entry.domain, {}).get(entry.entry_id)
    if coordinator is None:
        return entry.state.value, entry.reason or entry.state.value
    if coordinator.last_update_success:
        return "connected"
    error = coordinator.last_exception
    return type(error).__name__, str(error) or repr(error)


asyncio.run(main(settings()))
