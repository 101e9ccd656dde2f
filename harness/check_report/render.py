"""The report as a file to attach to a ticket: Markdown or HTML, by the file's suffix."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from harness.check_report.document import Document, Part
from harness.reports.markdown import fence_for, plain


def markdown(document: Document) -> str:
    """Markdown (CommonMark, with GitHub's tables) in which no server's text is markup."""
    blocks = [f"# {plain(document.title)}", f"**{plain(document.summary)}**"]
    for part in document.parts:
        blocks += [f"## {plain(part.heading)}", "\n".join(_markdown_part(part))]
    return "\n\n".join([*blocks, plain(document.footer)]) + "\n"


def html(document: Document) -> str:
    """One page that needs nothing else."""
    from harness.reports.templating import new_environment  # Jinja2 costs 60 ms

    return new_environment().get_template("check.html.j2").render(document=document)


FORMS: Final[dict[str, Callable[[Document], str]]] = {
    ".md": markdown,
    ".markdown": markdown,
    ".html": html,
    ".htm": html,
}
"""By the suffix of the file."""


def _markdown_part(part: Part) -> Iterator[str]:
    yield from (f"- {plain(point)}" for point in part.points)
    for number, row in enumerate(part.rows):
        yield f"| {' | '.join(plain(cell) for cell in row)} |"
        if number == 0:
            yield "|" + "---|" * len(row)
    if part.lines:
        fence = fence_for("\n".join(part.lines))
        yield from (f"{fence}text", *part.lines, fence)
