"""Progress in a terminal: a bar, how many of each verdict, and what is running."""

from __future__ import annotations

from collections import Counter

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from harness.reports.console import worst
from harness.reports.look import kind_in
from harness.runner.events import RunEvent, RunStarted, ScenarioFinished, ScenarioStarted
from harness.texts import load_report_texts

SHOWN_RUNNING = 4


class LiveProgress:
    """Draws over itself until it is closed; nothing of it stays on the screen."""

    def __init__(self, language: str = "en") -> None:
        self._language = language
        self._bar = Progress(
            TextColumn("badinbox"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        )
        self._task = self._bar.add_task("run", total=None)
        self._verdicts: Counter[str] = Counter()
        self._running: dict[str, None] = {}
        console = Console()
        self._live = Live(
            get_renderable=self._picture, console=console, transient=True, refresh_per_second=8
        )

    def handle(self, event: RunEvent) -> None:
        if isinstance(event, RunStarted):
            self._bar.update(self._task, total=len(event.ids))
            self._live.start()
        elif isinstance(event, ScenarioStarted):
            self._running[event.id] = None
        elif isinstance(event, ScenarioFinished):
            self._running.pop(event.id, None)
            self._verdicts[kind_in(worst(event.results), self._language)] += 1
            self._bar.advance(self._task)

    def close(self) -> None:
        self._live.stop()

    def _picture(self) -> Group:
        counts = "  ".join(f"{count} {name}" for name, count in self._verdicts.most_common())
        running = list(self._running)
        more = len(running) - SHOWN_RUNNING
        names = ", ".join(running[:SHOWN_RUNNING])
        if more > 0:
            names += load_report_texts(self._language)["console"]["running"].format(number=more)
        lines = [Text(counts), Text(names, style="dim", overflow="ellipsis", no_wrap=True)]
        return Group(self._bar, *lines)
