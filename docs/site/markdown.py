"""Pieces of Markdown of which pages are made. What stands in the data is never markup."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from harness.texts.escaping import markdown, markdown_block, markdown_code

__all__ = ["block", "cell", "code", "html_table", "page_text", "prose", "table", "words"]

words = markdown
"""Text of others, on one line."""


def page_text(lines: Iterable[str]) -> str:
    """What a page of these lines is."""
    return "\n".join(lines) + "\n"


def prose(text: str) -> str:
    """Our own sentences, in which backticks mean code: one paragraph, one line."""
    return " ".join(text.split()).replace("<", "&lt;").replace("*", "\\*")


def code(text: str) -> str:
    """A code span, also in a table, where `|` would end the cell (GitHub's tables)."""
    return markdown_code(text).replace("|", "\\|")


def cell(text: str) -> str:
    """Prose in a table."""
    return prose(text).replace("|", "\\|")


def block(lines: Iterable[str]) -> str:
    """Lines as they are."""
    return "\n".join(markdown_block(lines))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Lines of a table; of a table without rows none. Cells are Markdown."""
    body = [f"| {' | '.join(row)} |" for row in rows]
    if body:
        yield from (f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *body, "")


def html_table(kind: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The same as HTML, which costs Sphinx little time; it is searched, too. Cells are HTML;
    `kind` is what styles know it by."""
    yield from (f'<div class="table-wrapper docutils container"><table class="docutils {kind}">',)
    yield f"<thead><tr>{''.join(f'<th>{each}</th>' for each in head)}</tr></thead><tbody>"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{each}</td>' for each in row)}</tr>"
    yield from ("</tbody></table></div>", "")
