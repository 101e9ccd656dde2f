"""From the documents of the repository to the pages of the site, and its versions beside others."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.site import sources, versions
from docs.site.schema_tables import kind
from docs.site.sources import ROOT, BrokenLink, Repository

KNOWN = Repository("https://git.example/team/badinbox", "v1.0.0")


def of_the_site(text: str, path: str = "docs/api.md", repository: Repository = KNOWN) -> str:
    return sources._of_the_site(text, path, sources.DOCUMENTS[path], repository)


def test_links_between_documents_are_those_of_pages() -> None:
    assert of_the_site("[a](serve.md#in-containers)") == "[a](serve.md#in-containers)"
    assert of_the_site("[a](../CONTRIBUTING.md#words)") == "[a](contributing.md#words)"
    assert of_the_site("[`a` b](docs/api.md)", "README.md") == "[`a` b](api.md)"
    assert of_the_site("![a](docs/page.png)", "README.md") == "![a](page.png)"
    assert of_the_site("[a](#b) [c](https://c.example/)") == "[a](#b) [c](https://c.example/)"
    assert of_the_site("```md\n[a](gone.py)\n```") == "```md\n[a](gone.py)\n```"


def test_files_are_in_the_repository() -> None:
    file = "[the file](https://git.example/team/badinbox/blob/v1.0.0/Dockerfile)"
    assert of_the_site("[the file](../Dockerfile)") == file
    folder = "[jest](https://git.example/team/badinbox/tree/v1.0.0/examples/jest)"
    assert of_the_site("[jest](../examples/jest)") == folder
    nowhere = Repository()
    assert of_the_site("[the file](../Dockerfile)", repository=nowhere) == "the file (`Dockerfile`)"
    assert of_the_site("[`Dockerfile`](../Dockerfile)", repository=nowhere) == "`Dockerfile`"
    with pytest.raises(BrokenLink, match=r"docs/api\.md: \.\./Gone is not there"):
        of_the_site("[a](../Gone)")


def test_the_address_stands_where_it_is_known() -> None:
    text = "git clone <address of this repository> badinbox; <owner of this repository>/badinbox"
    assert Repository().named(text) == text
    assert KNOWN.named(text) == f"git clone {KNOWN.address} badinbox; team/badinbox"


def test_every_page_is_in_the_navigation() -> None:
    written = {page for page in sources.DOCUMENTS.values() if page != "index"}
    listed = {page for pages in sources.CONTENTS.values() for page in pages}
    assert written <= listed


def test_versions_stand_beside_one_another(tmp_path: Path) -> None:
    for name in ("0.9.0", "dev", "0.10.1"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").touch()
    versions.join(tmp_path)
    said = (tmp_path / "versions.js").read_text()
    assert said == 'window.badinboxVersions = ["0.10.1", "0.9.0", "dev"];\n'
    assert 'url=0.10.1/index.html"' in (tmp_path / "index.html").read_text()


def test_what_a_value_may_be_is_told_in_words() -> None:
    assert kind({"$ref": "#/$defs/Rule"}) == "[Rule](#rule)"
    assert kind({"anyOf": [{"type": "string"}, {"type": "null"}]}) == "text or null"
    assert kind({"type": "array", "items": {"type": "integer"}}) == "list of whole number"
    assert kind({"enum": ["a", "b", "c"]}) == "`a`, `b` or `c`"
    many = kind({"enum": [f"n{number}" for number in range(20)]})
    assert many == "`n0`, `n1`, `n2` or one of 17 more"


def _documents() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True)
    return [ROOT / name for name in listed.stdout.splitlines()]


def test_links_of_documents_hold_where_they_are_read_as_files() -> None:
    """Besides what the site's build looks at: the pages that only the site has are left out."""
    wrong = []
    for file in _documents():
        text = re.sub(r"^```.*?^```", "", file.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
        for target in re.findall(r"\]\(([^()\s]+)\)", text):
            address, _, anchor = target.partition("#")
            if re.match(r"[a-z]+:", target) or address.startswith(("errors/", "reference/")):
                continue
            aimed = file.parent / address if address else file
            if not aimed.exists() or (anchor and anchor not in _anchors(aimed)):
                wrong.append(f"{file.relative_to(ROOT)}: {target}")
    assert wrong == []


def _anchors(file: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def test_bad_usage_is_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "docs.site", "bake", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and "invalid choice: 'bake'" in done.stderr
