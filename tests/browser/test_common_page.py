"""The page of `serve --any`, as testers who share it use it: each types their name there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.serving.scenario_library import Library
from tests.browser.conftest import opened
from tests.browser.serving import Serving, serving

SCENARIO = "unauthorized/bad-password-imap[gmail]"
USER_NAME = "unauthorized.bad-password-imap.gmail"


@pytest.fixture
def shared(known: Library, tmp_path: Path) -> Iterator[Serving]:
    """A running stand with the common ports and its page."""
    with serving(known, tmp_path, common=True) as running:
        yield running


@pytest.fixture
def tested(browser: Any, shared: Serving) -> Iterator[Any]:
    """The stand's page, with one scenario chosen."""
    with opened(browser) as page:
        page.goto(shared.api.page)
        page.fill("#text", "bad-password-imap gmail")
        page.locator(".typed code", has_text=f"{USER_NAME}@").wait_for()
        yield page


def test_a_tester_is_shown_names_of_their_own_and_has_a_mailbox_of_their_own(
    tested: Any, shared: Serving
) -> None:
    tested.get_by_label("Your name").fill("Anna")
    tested.locator(".typed code", has_text=f"{USER_NAME}+anna@").wait_for()
    tested.wait_for_url("**tester=Anna")
    tested.get_by_role("button", name=f"Stand up {SCENARIO}", exact=True).click()
    tested.wait_for_url("**/s/**")
    assert [each.id for each in shared.stand] == [f"{SCENARIO}+anna"]
    assert f"{USER_NAME}+anna@" in tested.locator("#main").inner_text()


def test_a_link_with_a_name_that_no_tester_may_have_puts_it_into_nothing(
    tested: Any, shared: Serving
) -> None:
    tested.goto(f"{shared.api.url}/?text=bad-password-imap+gmail&tester=%3Cb%3Eanna")
    tested.locator(".typed code", has_text=f"{USER_NAME}@").wait_for()
    field = tested.get_by_label("Your name")
    assert field.input_value() == ""
    field.fill("<b>anna")
    assert not field.evaluate("field => field.checkValidity()")
