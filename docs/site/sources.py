"""The pages as Sphinx reads them: the Markdown of the repository, with its links made those of the
site, and what is made of the data."""

from __future__ import annotations

import posixpath
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from docs.site import api_page, command_page, error_pages, format_pages

ROOT: Final = Path(__file__).parents[2]
DOCUMENTS: Final = {
    "README.md": "index",
    "CHANGELOG.md": "changelog",
    "CONTRIBUTING.md": "contributing",
    "SECURITY.md": "security",
    "examples/connectors/README.md": "zoo",
    "examples/connectors/results.md": "libraries",
    "examples/staying/README.md": "zoo-staying",
    "examples/staying/results.md": "libraries-staying",
    "examples/products/README.md": "zoo-products",
    "examples/products/results.md": "products",
    "scenarios/README.md": "likeness",
    **{f"docs/{file.name}": file.stem for file in sorted((ROOT / "docs").glob("*.md"))},
}
"""By its path in the repository, the page that a document is."""
CONTENTS: Final = {
    "Begin, in five minutes": ("start-ci", "start-support", "start-mapping"),
    "What goes wrong": ("errors/index", "fr/errors/index", "reproduced", "likeness"),
    "Which error does my library give": (
        *("libraries", "libraries-staying", "products"),
        *("zoo", "zoo-staying", "zoo-products"),
    ),
    "A connector": ("connectors", "languages", "judge", "staying"),
    "Commands": ("commands", "check", "serve", "reproduce"),
    "From programs": ("pytest", "library", "api"),
    "Scenarios": ("scenarios",),
    "Reference": ("reference/commands", "reference/api", "reference/formats/index", "stability"),
    "The project": ("changelog", "contributing", "security"),
}
"""The navigation: headings, and the pages below each."""
_PICTURES: Final = (".png", ".svg")
_LINK: Final = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")
_FENCED: Final = re.compile(r"(^```.*?^```)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Repository:
    """Where the files are that are no pages. ``address``: empty where it is not known."""

    address: str = ""
    ref: str = "HEAD"

    def link(self, path: str, said: str) -> str:
        """To a file or a folder; without an address, what was said and the path."""
        if self.address:
            kind = "tree" if (ROOT / path).is_dir() else "blob"
            return f"[{said}]({self.address}/{kind}/{self.ref}/{path})"
        return said if path in said else f"{said} (`{path}`)"

    def named(self, text: str) -> str:
        """With its address where a command stands for it."""
        if not self.address:
            return text
        text = re.sub(r"<(?:address of )?this\s+repository>", self.address, text)
        owner = self.address.rsplit("/", 2)[-2]
        return text.replace("<owner of this repository>", owner)


class BrokenLink(Exception):
    """A document links to what is not there."""


def write(folder: Path, repository: Repository) -> None:
    """All pages, and the pictures that they show. Raises BrokenLink."""
    for path, page in DOCUMENTS.items():
        text = repository.named((ROOT / path).read_text("utf-8"))
        _save(folder, page, _of_the_site(text, path, page, repository))
    for page, text in made().items():
        _save(folder, page, text)
    with (folder / "index.md").open("a", encoding="utf-8") as index:
        index.write(_contents())
    for picture in (ROOT / "docs").iterdir():
        if picture.suffix in _PICTURES:
            shutil.copy(picture, folder)


def made() -> Mapping[str, str]:
    """The pages that are made of the data, by their names."""
    makers: tuple[Callable[[], Mapping[str, str]], ...] = (
        error_pages.pages,
        command_page.pages,
        api_page.pages,
        format_pages.pages,
    )
    return {page: text for maker in makers for page, text in maker().items()}


def _save(folder: Path, page: str, text: str) -> None:
    file = folder / f"{page}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


def _contents() -> str:
    parts = []
    for heading, pages in CONTENTS.items():
        listed = "\n".join(pages)
        parts.append(
            f"\n```{{toctree}}\n:hidden:\n:titlesonly:\n:caption: {heading}\n\n{listed}\n```\n"
        )
    return "".join(parts)


def _of_the_site(text: str, path: str, page: str, repository: Repository) -> str:
    """The document with its links, which are paths of the repository, made those of the site."""

    def replaced(found: re.Match[str]) -> str:
        picture, said, target = found.groups()
        address, hash_, anchor = target.partition("#")
        if not address or re.match(r"[a-z]+:", target):
            return found[0]
        aimed = posixpath.normpath(posixpath.join(posixpath.dirname(path), address))
        if picture:
            return f"![{said}]({_relative(posixpath.basename(aimed), page)})"
        if aimed in DOCUMENTS:
            return f"[{said}]({_relative(DOCUMENTS[aimed] + '.md', page)}{hash_}{anchor})"
        if aimed.startswith("docs/") and aimed.endswith(".md"):  # made; Sphinx knows whether it is
            return f"[{said}]({_relative(aimed.removeprefix('docs/'), page)}{hash_}{anchor})"
        if not (ROOT / aimed).exists():
            raise BrokenLink(f"{path}: {target} is not there")
        return repository.link(aimed, said)

    pieces = _FENCED.split(text)
    pieces[::2] = [_LINK.sub(replaced, piece) for piece in pieces[::2]]
    return "".join(pieces)


def _relative(target: str, page: str) -> str:
    return posixpath.relpath(target, posixpath.dirname(page) or ".")
