"""The links of a built site: each leads to what is there, and nothing is loaded from elsewhere."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

_LOADED: Final = {
    **dict.fromkeys(("script", "img", "iframe", "source", "video", "audio", "embed"), "src"),
    "object": "data",
    "link": "href",
}
"""What a browser fetches by itself (HTML, 4)."""
_RELATIONS: Final = frozenset({"stylesheet", "icon", "shortcut icon", "preload", "modulepreload"})
"""Of those that `link` may say, the ones that are fetched."""
_IN_STYLES: Final = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")
_IN_SCRIPTS: Final = re.compile(
    r"(?:fetch|import|importScripts|open|src|href)\b[^\n;]{0,40}['\"`](?:https?:)?//[^'\"`]+"
)
"""An address of another host where something is loaded; comments name such hosts, too."""


class _Page(HTMLParser):
    """What one page links to, loads, and can be linked to."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = set()
        self.feed(file.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        wanted = tag != "link" or given.get("rel", "").lower() in _RELATIONS
        if wanted and given.get(_LOADED.get(tag, "")):
            self.loaded.append(given[_LOADED[tag]])
        for style in filter(None, [given.get("style")]):
            self.loaded += _of_style(style)


def problems(folder: Path) -> list[str]:
    """A line for each link that leads nowhere, and for each thing that is loaded from elsewhere."""
    pages = {file: _Page(file) for file in sorted(folder.rglob("*.html"))}
    found = [line for file, page in pages.items() for line in _of_page(file, page, pages)]
    for kind in ("css", "js"):
        for file in sorted(folder.rglob(f"*.{kind}")):
            found += _of_file(file, kind)
    return [line.replace(f"{folder}/", "") for line in found]


def _of_page(file: Path, page: _Page, pages: dict[Path, _Page]) -> Iterator[str]:
    for address in page.loaded:
        yield from _of_loaded(file, address)
    for address in page.links:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            continue
        aimed = file if not parts.path else _at(file, parts.path)
        anchor = unquote(parts.fragment)
        if not aimed.is_file():
            yield f"{file}: {address} is not there"
        elif anchor and aimed in pages and anchor not in pages[aimed].anchors:
            yield f"{file}: {address} has no such heading"


def _of_loaded(file: Path, address: str) -> Iterator[str]:
    parts = urlsplit(address)
    if parts.netloc or parts.scheme not in ("", "data"):
        yield f"{file}: loads {address}, which is elsewhere"
    elif not parts.scheme and parts.path and not _at(file, parts.path).is_file():
        yield f"{file}: {address} is not there"


def _of_file(file: Path, kind: str) -> Iterator[str]:
    text = re.sub(r"/\*.*?\*/", "", file.read_text("utf-8"), flags=re.DOTALL)
    if kind == "js":
        yield from (f"{file}: loads {each}" for each in _IN_SCRIPTS.findall(text))
        return
    for address in _of_style(text):
        yield from _of_loaded(file, address)


def _of_style(text: str) -> list[str]:
    return [first or second for first, second in _IN_STYLES.findall(text)]


def _at(file: Path, path: str) -> Path:
    there = Path(posixpath.normpath(posixpath.join(file.parent.as_posix(), unquote(path))))
    return there / "index.html" if there.is_dir() else there
