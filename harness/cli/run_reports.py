"""What `badinbox run` leaves behind: the end of the terminal's output, and the files asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from harness.files.problems import BadInput

if TYPE_CHECKING:
    from harness.runner.events import RunFinished


def report(finished: RunFinished, connector: str, files: Mapping[str, Path | None]) -> None:
    """Print the end of the run, and write each file that is asked for. Raises BadInput.

    On GitHub Actions: annotations too, and the Markdown in the job's summary.
    """
    from harness.reports.console import closing_lines

    for line in closing_lines(finished):
        click.echo(line)
    for name, file in files.items():
        if file:
            write(file, _WRITERS[name](finished, connector))
    if os.environ.get("GITHUB_ACTIONS") == "true":
        _github(finished, connector)


def write(file: Path, content: bytes) -> None:
    """Whole, or not at all. Raises BadInput."""
    from harness.reports.files import write_whole

    try:
        write_whole(file, content)
    except OSError as error:
        raise BadInput([f"cannot write {file}: {error.strerror}"]) from None


def _github(finished: RunFinished, connector: str) -> None:
    from harness.reports.github import annotation_lines

    for line in annotation_lines(finished.results):
        click.echo(line)
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("ab") as file:  # other steps write to it too
            file.write(_markdown(finished, connector))


def _json(finished: RunFinished, connector: str) -> bytes:
    from harness.reports.json_report import results_json

    return results_json(finished.results, finished.seconds)


def _junit(finished: RunFinished, connector: str) -> bytes:
    from harness.reports.junit import junit_xml

    return junit_xml(finished.results)


def _markdown(finished: RunFinished, connector: str) -> bytes:
    from harness.reports.markdown import results_markdown

    return results_markdown(finished.results, connector).encode("utf-8", "backslashreplace")


def _html(finished: RunFinished, connector: str) -> bytes:
    from datetime import UTC, datetime

    from harness.reports.html import results_html

    page = results_html(finished.results, connector, datetime.now(UTC))
    return page.encode("utf-8", "backslashreplace")


def _baseline(finished: RunFinished, connector: str) -> bytes:
    from datetime import date

    from harness.results.baseline import first_baseline

    return first_baseline(finished.results, date.today()).encode()


_WRITERS: Final[Mapping[str, Callable[[RunFinished, str], bytes]]] = {
    "json": _json,
    "junit": _junit,
    "markdown": _markdown,
    "html": _html,
    "baseline": _baseline,
}
