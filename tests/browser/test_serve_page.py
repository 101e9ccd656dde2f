"""The page of `serve`, as a person uses it: choose, type, watch, check, cure."""

from __future__ import annotations

import imaplib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import opened
from tests.browser.contrast import ENOUGH, contrast
from tests.browser.serving import Serving, imap, send

GMAIL = "unauthorized-app-password-required/gmail-imap"
NAME = "unauthorized-app-password-required-gmail-imap"
WORKING = "connected/working[implicit-tls]"


def see(page: Any, stand: Serving, scenario: str) -> Any:
    """The page of a mailbox that is stood up for it, once it is live."""
    stand.start(scenario)
    name = stand.stand.get(scenario).name
    page.goto(f"{stand.api.url}/s/{name}")
    page.locator("#live[data-state=live]").wait_for()
    return page


def test_a_scenario_is_chosen_by_error_provider_and_words(entered: Any) -> None:
    everything = entered.locator("#found [role=status]").inner_text()
    entered.select_option("[name=error]", "unauthorized-app-password-required")
    entered.select_option("[name=dialect]", "gmail")
    entered.fill("#text", "IMAP asks")
    entered.wait_for_url("**text=IMAP*dialect=gmail")
    assert entered.locator("#found [role=status]").inner_text() != everything
    for tags in entered.locator(".scenarios .tags").all():
        assert "gmail" in tags.inner_text()
    entered.get_by_role("button", name=f"Stand up {GMAIL}", exact=True).click()
    entered.wait_for_url(f"**/s/{NAME}")
    entered.goto(entered.url.partition("/s/")[0])
    entered.locator(f".card[href='/s/{NAME}']").wait_for()


def test_to_leave_the_words_for_a_button_does_not_take_it_away(entered: Any) -> None:
    """What was found stays as it is while a button of it is pressed."""
    entered.fill("#text", "IMAP asks")
    entered.wait_for_url("**text=IMAP*")
    entered.get_by_role("button", name=f"Stand up {GMAIL}", exact=True).hover()
    requested: list[str] = []
    entered.on("request", lambda request: requested.append(request.url))
    entered.mouse.down()
    assert entered.evaluate("document.activeElement.id") != "text" and requested == []
    entered.mouse.up()
    entered.wait_for_url(f"**/s/{NAME}")


def test_long_lists_say_what_they_leave_out(entered: Any) -> None:
    entered.locator(".scenarios > li:nth-child(40)").wait_for()  # the catalogue comes later
    assert entered.locator(".scenarios > li").count() == 40
    entered.locator("#more").click()
    entered.locator(".scenarios > li:nth-child(80)").wait_for()
    assert "are not shown" in entered.locator("#more").inner_text()


def test_what_to_type_is_copied(entered: Any, stand: Serving) -> None:
    page = see(entered, stand, GMAIL)
    settings = stand.settings(GMAIL)
    for name, value in (("IMAP port", str(settings.imap.port)), ("Password", settings.password)):
        page.get_by_role("button", name=f"Copy {name}", exact=True).click()
        page.locator("#news", has_text=f"Copy {name}: done").wait_for(state="attached")
        assert page.evaluate("navigator.clipboard.readText()") == value
    page.get_by_role("button", name="Copy command").click()
    page.locator("#news", has_text="Copy command").wait_for(state="attached")
    assert page.evaluate("navigator.clipboard.readText()") == f"badinbox serve '{GMAIL}'"


def test_the_dialogue_of_a_real_client_is_seen_live(entered: Any, stand: Serving) -> None:
    page = see(entered, stand, GMAIL)
    settings = stand.settings(GMAIL)
    client = imap(settings)
    connection = page.locator(".connection")
    connection.locator(".S .text", has_text="Gimap ready").wait_for()
    with pytest.raises(imaplib.IMAP4.error):
        client.login(settings.login, settings.password)
    connection.locator(".fired .text", has_text="imap.rules[0] fired").wait_for()
    connection.locator(".imap.S.tls", has_text="Application-specific password").wait_for()
    assert settings.password not in connection.inner_text()
    page.locator("#news", has_text="log-in answered").wait_for(state="attached")
    client.logout()
    connection.locator(".closed", has_text="closed by the server").wait_for()
    connection.locator(".end .text", has_text="server closed the connection").wait_for()


def test_it_is_checked_cured_and_checked_again(entered: Any, stand: Serving) -> None:
    page = see(entered, stand, GMAIL)
    page.get_by_role("button", name="Check now").click()
    page.locator(".result h3.bad", has_text="app password required").wait_for()
    page.locator(".steps .failed", has_text="Log in to IMAP").wait_for()
    states = [each.get_attribute("class") for each in page.locator(".steps li").all()]
    assert states == ["done", "failed", "not-reached", "not-reached", "not-reached"]
    assert "Application-specific" in page.locator(".evidence").inner_text()
    page.get_by_role("button", name="Français").click()
    page.locator(".steps .failed", has_text="S'identifier").wait_for()
    advice = page.locator(".advice").inner_text()
    assert "mot de passe" in advice and "Create" not in advice
    page.get_by_role("button", name="English").click()
    page.locator("#live", has_text="live").wait_for()
    assert "Create an app password" in page.locator(".advice").inner_text()

    page.get_by_role("switch").click()
    page.get_by_role("switch", checked=True).wait_for()
    page.locator(".changed #field-password").wait_for()
    page.get_by_role("button", name="Check now").click()
    page.locator(".result h3.good", has_text="Connected").wait_for()
    page.locator("#messages strong", has_text="Test e-mail from badinbox").wait_for()
    page.get_by_role("switch").click()
    page.get_by_role("switch", checked=False).wait_for()
    assert stand.stand.get(GMAIL).remedy is None


def test_a_message_is_seen_as_it_arrives(entered: Any, stand: Serving) -> None:
    page = see(entered, stand, WORKING)
    send(stand.settings(WORKING), "<i>Hello</i> & goodbye")
    message = page.locator("#messages li", has_text="<i>Hello</i> & goodbye").first
    message.wait_for()
    message.locator("summary").click()
    assert "Subject: <i>Hello</i> & goodbye" in message.locator("pre").inner_text()


def test_the_case_is_sent_as_a_link_or_a_file(entered: Any, stand: Serving, tmp_path: Path) -> None:
    page = see(entered, stand, GMAIL)
    page.get_by_role("button", name="Copy link").click()
    page.locator("#news", has_text="Copy link").wait_for(state="attached")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{stand.api.url}/s/{NAME}"
    with page.expect_download() as download:
        page.get_by_role("link", name="Scenario file").click()
    file = tmp_path / GMAIL.partition("/")[0] / download.value.suggested_filename
    download.value.save_as(file)
    command = [sys.executable, "-m", "badinbox", "validate", str(file)]
    assert subprocess.run(command, capture_output=True).returncode == 0

    page.get_by_role("button", name="Stop this mailbox").click()
    page.wait_for_url(f"{stand.api.url}/")
    assert len(stand.stand) == 0


def test_the_link_of_what_does_not_stand_offers_to_stand_it_up(
    browser: Any, stand: Serving
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{stand.api.url}/s/{GMAIL}?token={stand.api.token}")
    page.get_by_role("button", name="Stand it up").click()
    page.wait_for_url(f"**/s/{NAME}")
    page.goto(f"{stand.api.url}/s/{GMAIL}")
    assert page.url.endswith(f"/s/{NAME}")
    context.close()


def test_what_others_do_shows_without_a_reload(entered: Any, stand: Serving) -> None:
    page = see(entered, stand, GMAIL)
    standing = stand.stand.get(GMAIL)
    with page.expect_response("**/messages"):
        stand.run(standing.apply("use-app-password"))
    page.get_by_role("switch", checked=True).wait_for()
    stand.run(stand.stand.stop(standing))
    page.get_by_role("alert").filter(has_text="has been stopped").wait_for()


def test_all_that_is_said_is_text(entered: Any, stand: Serving) -> None:
    dialogs: list[str] = []
    entered.on("dialog", lambda dialog: dialogs.append(dialog.message))
    entered.fill("#text", "hostile")
    entered.locator(".scenarios h3", has_text="<script>alert('title')</script>").wait_for()
    page = see(entered, stand, "unauthorized/hostile")
    assert "<script>alert('title')</script> & co" in page.locator("h1").inner_text()
    client = imap(stand.settings("unauthorized/hostile"))
    client.send(b"x1 SELECT <script>alert(2)</script>\r\nx2 STATUS \x1b[31m</li><b>bold\r\n")
    page.locator(".C .text", has_text="x1 SELECT <script>alert(2)</script>").wait_for()
    page.locator(".C .text", has_text="\\x1b[31m</li><b>bold").wait_for()
    page.get_by_role("button", name="Check now").click()
    evidence = page.locator(".evidence")
    evidence.filter(has_text="<img src=x onerror=alert(1)> <b>no</b>").wait_for()
    page.locator(".fired").first.wait_for()
    assert page.locator("#main img, #main b, #main script").count() == 0
    assert dialogs == []
    client.shutdown()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_in_light_and_dark(entered: Any, stand: Serving, scheme: str) -> None:
    entered.emulate_media(color_scheme=scheme)
    for selector in (".lead", ".scenarios .id", ".tags .error", ".scenarios .button", ".top a"):
        assert contrast(entered, selector) >= ENOUGH, selector
    page = see(entered, stand, GMAIL)
    page.get_by_role("button", name="Check now").click()
    page.locator(".result h3").wait_for()
    page.locator(".steps .failed").wait_for()
    page.locator(".connection[data-fired] .end").wait_for()
    for selector in (
        *("h1", ".fields dt", ".fields code", ".quiet", "#check", ".result h3", ".evidence code"),
        *(".verdict", ".steps .failed", ".steps .not-reached", ".live", ".lanes span", ".peer"),
        *(".sequence .C .text", ".sequence .S .text", ".sequence .fired .text", ".sequence time"),
        ".language [aria-pressed=true]",
        ".struck",
        ".copy",
    ):
        assert contrast(page, selector) >= ENOUGH, selector


def test_it_fits_a_narrow_screen(entered: Any, stand: Serving) -> None:
    entered.set_viewport_size({"width": 375, "height": 800})
    fits = "document.documentElement.scrollWidth <= innerWidth"
    assert entered.evaluate(fits)
    page = see(entered, stand, GMAIL)
    page.get_by_role("button", name="Check now").click()
    page.locator(".result h3").wait_for()
    assert page.evaluate(fits)


def test_the_language_is_that_of_the_browser(browser: Any, stand: Serving) -> None:
    with opened(browser, locale="fr-FR") as page:
        page.goto(stand.api.page)
        page.get_by_role("heading", name="Choisir un scénario", exact=True).wait_for()
        assert page.evaluate("document.documentElement.lang") == "fr"
        assert "Choose" not in page.inner_text("main") and "choisir" in page.title()


def test_who_has_no_token_reads_what_to_do_in_the_page_s_own_colours(
    browser: Any, stand: Serving
) -> None:
    context = browser.new_context(color_scheme="dark", locale="fr-FR")
    page = context.new_page()
    page.goto(stand.api.url)
    assert "badinbox serve a affiché" in page.inner_text("main")
    page.get_by_role("button", name="English").click()
    page.get_by_text("Open the address that it has printed").wait_for()
    assert contrast(page, "main p") >= ENOUGH
    context.close()
