"""`badinbox serve --open`: the browser is sent to the page."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from tests.harness.cli.test_serve import serving


@pytest.mark.parametrize(
    ("named", "path"), [(("connected/works",), "/s/connected-works"), ((), "/")]
)
def test_the_page_is_opened(
    scenarios: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    named: tuple[str, ...],
    path: str,
) -> None:
    browser = tmp_path / "browser.sh"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {tmp_path}/opened\n')
    browser.chmod(0o700)
    monkeypatch.setenv("BROWSER", f"{browser} %s")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with serving(tmp_path, *named, "--open") as told:
        address = (tmp_path / "opened").read_text()
        assert address == f"{told['api']['url']}{path}?token={told['api']['token']}"
        page = httpx.get(address, follow_redirects=True)
        assert page.status_code == 200 and page.url.path == path and not page.url.query
        assert "default-src 'none'" in page.headers["content-security-policy"]


def test_without_a_browser_that_is_said(
    scenarios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROWSER", "/bin/false %s")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("PATH", "/nonexistent")
    with serving(tmp_path, "connected/works", "--open") as told:
        assert told["mailboxes"]
    address = f"{told['api']['url']}/s/connected-works?token={told['api']['token']}"
    assert f"no browser could be opened; open it yourself: {address}" in told["errors"]


def test_the_addresses_that_are_printed_open_the_mailboxes(
    scenarios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with serving(tmp_path, "connected/works", "unauthorized-app-password-required/asks") as told:
        pass
    pages = re.findall(r"^Page (\S+)", told["output"], re.MULTILINE)
    assert [page.partition("?")[0].rpartition("/s/")[2] for page in pages] == [
        "connected-works",
        "unauthorized-app-password-required-asks",
    ]


def test_where_no_mailbox_is_named_the_page_to_choose_one_is_printed(
    scenarios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with serving(tmp_path) as told:
        page = f"{told['api']['url']}/?token={told['api']['token']}"
        assert httpx.get(page, follow_redirects=True).status_code == 200
    assert f"\nPage {page}  choose a scenario there\n" in told["output"]
