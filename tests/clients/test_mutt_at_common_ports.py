"""mutt at `serve --any`: the user name that it is given chooses what goes wrong, and that is what
it shows. `python -m tests.thunderbird` does the same with Thunderbird, which takes minutes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fakeservers.security import Security
from harness.contract.answer import Report, Reported
from harness.runner.background import Background
from harness.runner.outcome import USUAL_TERMS
from harness.scenario.model import Scenario
from harness.serving.common.how import how
from harness.serving.scenario_library import Library
from tests.clients.terminal import on_a_terminal
from tests.clients.world import BCC, RUN_S
from tests.common.through import Common, opened

CONFIGURATION = """\
set imap_user="{user}" imap_pass="{password}" smtp_pass="{password}"
set from="anna@badinbox.test" use_envelope_from=yes envelope_from_address="anna@badinbox.test"
set folder="{imap}/" spoolfile="=INBOX" record="" postponed="" smtp_url="{smtp}/"
set smtp_authenticators="plain" ssl_ca_certificates_file="{ca_file}" certificate_file=""
set ssl_starttls=yes ssl_force_tls={encrypted} header_cache="" message_cachedir=""
set quit=yes delete=yes move=no wait_key=no sleep_time=0
"""
SCHEMES: dict[Security, str] = {"implicit-tls": "s", "starttls": "", "cleartext": ""}
NOT_IN = "SASL authentication failed"
OPENED = "Msgs:2 New:2"
CLOSED = "Connection to 127.0.0.1 closed"

READ = {
    "connected/working[implicit-tls]": OPENED,
    "connected/working[starttls]": OPENED,
    "connected/working[cleartext]": OPENED,
    "connected/odd-imap[literal-in-list]": OPENED,
    "unauthorized/bad-password-imap[gmail]": NOT_IN,
    "unauthorized/bad-password-imap[dovecot]": NOT_IN,
    "unauthorized-app-password-required/gmail-imap": NOT_IN,
    "unauthorized/basic-auth-disabled-imap[outlook-basic-auth-disabled]": NOT_IN,
    "unauthorized/custom-username-imap[plain]": NOT_IN,
    "imap-authentication-error/account-locked[outlook]": NOT_IN,
    "imap-authentication-error/too-many-connections-dovecot": NOT_IN,
    "imap-authentication-error/dropped-at-login[close]": CLOSED,
    "imap-confirmation-error/mailbox-locked": "[INUSE] Timeout while waiting for lock",
    "imap-confirmation-error/dropped-at-select[reset]": "tls_socket_read",
    "imap-confirmation-error/quota-exceeded": "[OVERQUOTA] The quota is exceeded",
}
"""What mutt shows in opening the INBOX."""
SENT = {
    "connected/working[starttls]": "",
    "unauthorized/bad-password-smtp[outlook]": NOT_IN,
    "unauthorized-app-password-required/account-password-smtp[gmail]": NOT_IN,
    "smtp-settings-incorrect/login-quota-exceeded[sendgrid]": NOT_IN,
    "smtp-settings-incorrect/dropped-at-login[close]": CLOSED,
    "test-email-failed/rate-limited-at-mail[yahoo]": "SMTP session failed: 421",
    "test-email-failed/relay-denied[exim]": "SMTP session failed: 550 relay not permitted",
    "test-email-failed/recipient-rejected[postfix]": "SMTP session failed: 550",
    "test-email-failed/message-too-large[exim]": "SMTP session failed: 552",
    "test-email-failed/dropped-at-data": "SMTP session failed: read error",
}
"""And in sending; empty: it is sent."""


@pytest.fixture(scope="module")
def common(background: Background) -> Iterator[Common]:
    with background.hold(opened()) as common:
        yield common


def scenarios(background: Background, ids: Iterator[str]) -> list[Scenario]:
    async def found() -> list[Scenario]:
        library = Library()
        return [await library.find(each) for each in ids]

    return background.submit(found()).result()


def configured(common: Common, scenario: Scenario, home: Path) -> list[str]:
    """mutt's options: what is typed for this scenario."""
    typed = how(scenario)
    user = typed.user_names[0]
    places = {}
    for protocol in ("imap", "smtp"):
        security = scenario.facts.typed(protocol).security
        port = common.ports.services[f"{protocol}-{security}"].port
        who = user.replace("@", "%40")
        places[protocol] = f"{protocol}{SCHEMES[security]}://{who}@127.0.0.1:{port}"
    text = CONFIGURATION.format(
        user=user,
        password=typed.password,
        ca_file=common.stand.authority.ca_file,
        encrypted="no" if scenario.facts.typed("imap").security == "cleartext" else "yes",
        **places,
    )
    file = home / "muttrc"
    file.write_text(text)
    return ["-n", "-F", str(file)]


def opens(mutt: list[str], home: Path) -> str:
    """What it draws."""
    return on_a_terminal([*mutt, "-e", "push '<quit>'"], home)


def sends(mutt: list[str], home: Path) -> str:
    """What it prints."""
    done = subprocess.run(
        [*mutt, "-s", "hi", "--", BCC],
        input=b"hello\n",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "HOME": str(home), "LC_ALL": "C.UTF-8"},
        timeout=RUN_S,
    )
    printed = done.stdout.decode()
    assert (done.returncode == 0) == (not printed), printed
    return printed


async def judged(common: Common, scenario: Scenario) -> str:
    """The verdict on one who says the right thing: was the fault delivered?"""
    standing = common.stand.find(scenario.id)
    assert standing, common.refused
    result = await standing.judge(Reported(Report(error=scenario.reproduces)), USUAL_TERMS)
    return result.judgement.verdict


@pytest.mark.parametrize(("does", "shows"), [(opens, READ), (sends, SENT)])
def test_the_user_name_chooses_what_mutt_shows(
    tool: Callable[[str], str],
    background: Background,
    common: Common,
    tmp_path: Path,
    does: Callable[[list[str], Path], str],
    shows: dict[str, str],
) -> None:
    """All at once, as many do at one server: at what fails, mutt waits for 2 s."""
    mutt = tool("mutt")

    def wrong(scenario: Scenario) -> str:
        home = tmp_path / scenario.id.replace("/", "-")
        home.mkdir()
        shown = does([mutt, *configured(common, scenario, home)], home)
        verdict = background.submit(judged(common, scenario)).result()
        awaited = shows[scenario.id]
        fits = awaited in shown if awaited else not shown
        return "" if fits and verdict != "not-exercised" else f"{verdict}: {shown}"

    chosen = scenarios(background, iter(shows))
    with ThreadPoolExecutor(8) as threads:
        found = dict(zip(shows, threads.map(wrong, chosen), strict=True))
    assert {each: why for each, why in found.items() if why} == {}
    assert common.refused == []
