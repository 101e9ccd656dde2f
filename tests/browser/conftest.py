"""A real browser: Debian's Chromium, headless, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest

from harness.serving.scenario_library import Library
from tests.browser.serving import Serving, library, serving

OPTIONS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
"""As root, and with no network."""
PATIENCE_MS = 120_000
REPLACED = ("htmx:sendAbort", "htmx:afterRequest")
"""What htmx writes as errors where a newer search replaces one that is under way, as it is meant
to; a request that fails is written as `htmx:sendError` and `htmx:responseError`, too."""


@pytest.fixture(scope="module")
def browser(absent: Callable[[str], NoReturn]) -> Iterator[Any]:
    """The running browser. Not for longer than a module: while it runs, so does an event loop of
    Playwright's in this thread, and no other test could have one."""
    chromium = shutil.which("chromium")
    if chromium is None:
        absent("the browser tests: chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        started = running.chromium.launch(executable_path=chromium, args=OPTIONS)
        yield started
        started.close()


@contextmanager
def opened(browser: Any, **options: Any) -> Iterator[Any]:
    """An empty page, in which nothing may go wrong unheard: script errors fail the test."""
    context = browser.new_context(**options)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda said: (
            said.type == "error"
            and not said.text.startswith(REPLACED)
            and problems.append(f"{said.text} {said.location}")
        ),
    )
    yield page
    context.close()
    assert problems == []


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page without a network."""
    with opened(browser, offline=True) as page:
        yield page


@pytest.fixture(scope="session")
def known(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """All scenarios, read once."""
    return library(tmp_path_factory.mktemp("scenarios"))


@pytest.fixture
def stand(known: Library, tmp_path: Path) -> Iterator[Serving]:
    """A running stand with its page."""
    with serving(known, tmp_path) as running:
        yield running


@pytest.fixture
def entered(browser: Any, stand: Serving) -> Iterator[Any]:
    """The stand's page, entered by the address that is printed."""
    with opened(browser, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.goto(stand.api.page)
        yield page
