"""The documentation as a site: it is built, its links hold, a browser asks nobody else for it."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from badinbox import __version__
from tests.browser.conftest import opened

ROOT = Path(__file__).resolve().parents[2]
NARROW = {"width": 375, "height": 800}
PAGES = (
    "index",
    "start-mapping",
    "libraries",
    "errors/unauthorized",
    "fr/errors/test-email-failed",
    "reference/api",
    "reference/formats/scenario",
)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def published(folder: Path) -> Iterator[str]:
    """The address at which a folder can be read."""
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_site(browser: Any, tmp_path: Path) -> None:
    """In one test, as the build takes long: Sphinx is strict with it, and `docs.site.links`."""
    command = [sys.executable, "-m", "docs.site", "build", str(tmp_path)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (built.returncode, built.stderr) == (0, "")
    with published(tmp_path) as address, opened(browser, viewport=NARROW) as page:
        requested: list[str] = []
        page.on("request", lambda request: requested.append(request.url))
        page.goto(address)
        page.wait_for_url(f"{address}/{__version__}/index.html")
        site = f"{address}/{__version__}"
        for name in PAGES:
            page.goto(f"{site}/{name}.html")
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= NARROW["width"], f"{name} is {wide} pixels wide"
            language = page.evaluate("document.documentElement.lang")
            assert language == ("fr" if name.startswith("fr/") else "en")
        assert page.locator("#version").evaluate("select => select.value") == __version__
        page.goto(f"{site}/search.html?q=Too+many+simultaneous+connections")
        page.locator("#search-results li a", has_text="IMAP authentication error").wait_for()
        assert [url for url in requested if not url.startswith(f"{address}/")] == []
