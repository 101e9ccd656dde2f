"""What is said of a built site whose links lead nowhere, or that loads something from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from docs.site.links import problems

Written = Callable[[str], list[str]]


@pytest.fixture
def told(tmp_path: Path) -> Written:
    """What is wrong with a page of this body, beside another one, a picture and a style."""
    (tmp_path / "other.html").write_text('<h1 id="there">Other</h1>')
    (tmp_path / "here.png").touch()

    def write(body: str) -> list[str]:
        (tmp_path / "page.html").write_text(f'<p id="own">{body}</p>')
        return problems(tmp_path)

    return write


@pytest.mark.parametrize(
    "body",
    [
        '<a href="other.html">',
        '<a href="other.html#there">',
        '<a href="#own">',
        '<a href="https://example.org/">',
        '<img src="here.png">',
        '<img src="data:image/png;base64,AA==">',
        '<link rel="canonical" href="https://example.org/">',
        "<script>// see https://example.org/</script>",
    ],
)
def test_what_is_right(told: Written, body: str) -> None:
    assert told(body) == []


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ('<a href="gone.html">', "gone.html is not there"),
        ('<a href="other.html#gone">', "other.html#gone has no such heading"),
        ('<a href="#gone">', "#gone has no such heading"),
        ('<img src="gone.png">', "gone.png is not there"),
        ('<img src="https://example.org/x.png">', "loads https://example.org/x.png"),
        ('<script src="//example.org/x.js"></script>', "loads //example.org/x.js"),
        ('<link rel="stylesheet" href="https://example.org/x.css">', "loads https://example.org"),
        ('<b style="background: url(https://example.org/x.png)">', "loads https://example.org"),
        ('<iframe src="http://example.org/"></iframe>', "loads http://example.org/"),
    ],
)
def test_what_is_wrong(told: Written, body: str, what: str) -> None:
    [line] = told(body)
    assert line.startswith("page.html: ") and what in line


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.css", "@import 'https://example.org/x.css';"),
        ("a.css", "@font-face { src: url(https://example.org/x.woff2) }"),
        ("a.css", "b { background: url(gone.png) }"),
        ("a.js", "fetch('https://example.org/x.json')"),
        ("a.js", 'script.src = "//example.org/x.js";'),
    ],
)
def test_what_styles_and_scripts_load(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    [line] = problems(tmp_path)
    assert line.startswith(f"{name}: ")
    (tmp_path / name).write_text("/* https://example.org/x.css */")
    assert problems(tmp_path) == []
