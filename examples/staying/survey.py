"""Real libraries and products that stay connected: which are here, and how each is started.

    python -m examples.staying.survey                  # those whose runtime is here
    python -m examples.staying.survey --install NAME   # what its folder pins, into .ci/cache
    python -m examples.staying.survey --run NAME       # through the lives of LIVES
    python -m examples.staying.survey --write          # writes results.md, of all that were run

Run from the folder that holds `examples`. The results of each run stay in .ci/cache; who was not
run on this machine keeps what results.md has.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from examples.connectors.zoo import ROOT, Animal, animal

HERE = Path(__file__).parent
CACHE = ROOT / ".ci" / "cache" / "staying"
RESULTS = HERE / "results.md"
SENDERS = "## Those that send, too"
JOBS = 13
LIVES = (
    "life/nothing-happens", "life/poll-only", "life/mail-in-a-flood", "life/mail-while-away",
    "life/idle-dies[fin]", "life/idle-dies[rst]", "life/idle-dies[silent]",
    "life/idle-dies[close-notify]", "life/poll-dies[silent]", "life/fetch-hangs[silent]",
    "life/server-restarts[refused]", "life/server-restarts[silent]",
    "life/session-ended-by-server[shutdown]", "life/throttled-but-fine[gmail]",
    "life/password-changed[gmail]", "life/password-changed-and-locked-by-retries",
    "life/imap-switched-off[gmail]", "life/directory-away[dovecot]", "life/rate-limited[yahoo]",
    "life/too-many-connections[gmail]", "life/too-many-connections-waited-for",
    "life/server-overloaded[outlook]", "life/certificate-broken[expired-imap]",
    "life/storage-full-at-select", "life/inbox-gone",
    "life/token-expires[gmail]", "life/token-expires-in-session", "life/consent-withdrawn[gmail]",
)  # fmt: skip
"""Those that a connector of IMAP can live, one of each kind; the last ones where it takes tokens.
"""
SENDING = (
    "life/smtp-restarts", "life/smtp-session-ended", "life/smtp-silent",
    "life/smtp-log-in-limited", "life/smtp-too-many-connections[postfix]",
    "life/smtp-starttls-gone", "life/greylisted", "life/answer-after-data-lost[reset]",
    "life/password-changed-smtp[gmail]", "life/app-password-wanted-smtp",
    "life/smtp-auth-switched-off[outlook]", "life/certificate-broken[expired-smtp]",
    "life/certificate-renewed", "life/sender-not-allowed[postfix]", "life/sending-limit[gmail]",
    "life/sending-rate[outlook]",
)  # fmt: skip
"""Those of SMTP, for a connector that sends."""
FLAWS = (
    "unnoticed", "late", "wrong", "unclear", "hammered", "lost-mail", "duplicated-mail",
    "not-recovered", "not-exercised", "crashed", "timed-out", "misbehaved",
)  # fmt: skip


@dataclass(frozen=True)
class Stayer:
    """One that stays. `ours`: what of it is code of this folder, rather than the product's own.
    `pace`: how much slower than usual it has to be run, as it does not honour the pace. `mapping`:
    what its codes mean, and what it does; the file of all whose codes are documented errors.
    `sends`: it is told to send, too."""

    animal: Animal
    ours: str
    pace: float
    mapping: Path
    sends: bool


def _stayer(file: Path) -> Stayer:
    said = yaml.safe_load(file.read_text("utf-8"))
    mapping = (file.parent / said.get("mapping", "../mapping.yaml")).resolve()
    sends = yaml.safe_load(mapping.read_text("utf-8"))["does"]["sends"]
    return Stayer(animal(file), said["ours"], said["pace"], mapping.relative_to(ROOT), sends)


STAYERS = [_stayer(file) for file in sorted(HERE.glob("*/connector.yaml"))]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="which; left out: all")
    parser.add_argument("--install", action="store_true", help="install their libraries, no more")
    parser.add_argument("--run", action="store_true", help="run them through LIVES")
    parser.add_argument("--write", action="store_true", help="write results.md")
    options = parser.parse_args(arguments)
    for each in STAYERS:
        if options.names and each.animal.name not in options.names:
            continue
        if options.install:
            each.animal.install()
        elif options.run and each.animal.present():
            live(each)
        elif options.write:
            continue
        elif each.animal.present():
            print(f"{each.animal.name}, pace {each.pace:g}, {each.mapping}:")
            print(f"  {each.animal.started}")
        else:
            print(f"{each.animal.name}: its runtime is not here")
    if options.write:
        RESULTS.write_text("\n".join(page()) + "\n", encoding="utf-8")
    return 0


def live(stayer: Stayer) -> None:
    """Run one through the lives, and where it sends through those of sending; what came of it is
    kept."""
    CACHE.mkdir(parents=True, exist_ok=True)
    for lives in (LIVES, SENDING) if stayer.sends else (LIVES,):
        command = [sys.executable, "-m", "badinbox", "run", *lives, "--jobs", str(JOBS), "-q"]
        command += ["--connector", f"jsonl:{stayer.animal.started}"]
        command += ["--mapping", str(stayer.mapping), "--pace", f"{stayer.pace:g}"]
        command += ["--json", str(_kept(stayer, lives))]
        subprocess.run(command, cwd=ROOT, check=False)


def _kept(stayer: Stayer, lives: Sequence[str]) -> Path:
    return CACHE / f"{stayer.animal.name}{'-sending' if lives == SENDING else ''}.json"


def page() -> Iterator[str]:
    """What became of each that was run: every life has the first verdict that applies."""
    before = RESULTS.read_text("utf-8") if RESULTS.is_file() else ""
    receiving, _, sending = before.partition(SENDERS)
    yield "# How real ones stay connected"
    yield ""
    yield f"Written by `python -m examples.staying.survey --write` on {date.today().isoformat()}:"
    yield f"{len(LIVES)} lives of IMAP, three of them with tokens. The README says what is ours."
    yield "A row counts lives by their verdict, the first that applies; the rest does not apply."
    yield ""
    yield from _table(STAYERS, LIVES, receiving)
    yield ""
    yield SENDERS
    yield ""
    yield f"{len(SENDING)} lives of SMTP."
    yield ""
    yield from _table([each for each in STAYERS if each.sends], SENDING, sending)


def _table(stayers: Iterable[Stayer], lives: Sequence[str], before: str) -> Iterator[str]:
    rows = list(_rows(stayers, lives, before))
    yield f"| | pace | lives | passed | {' | '.join(FLAWS)} |"
    yield f"|---|---|---|---|{'---|' * len(FLAWS)}"
    yield from (row for row, _ in rows)
    yield ""
    yield "Life by life, all that did not pass:"
    for _, line in rows:
        yield ""
        yield line


def _rows(
    stayers: Iterable[Stayer], lives: Sequence[str], before: str
) -> Iterator[tuple[str, str]]:
    """The row of each that was run, here or `before`, and the line of what it did not pass."""
    for stayer in stayers:
        if verdicts := _verdicts(stayer, lives):
            yield _written(stayer, verdicts)
            continue
        name = re.escape(f"`{stayer.animal.name}`")
        row, line = (re.search(f"^{begins} {name}.*", before, re.M) for begins in (r"\|", "-"))
        if row and line:
            yield row[0], line[0]


def _written(stayer: Stayer, verdicts: dict[str, str]) -> tuple[str, str]:
    name, counts = f"`{stayer.animal.name}`", Counter(verdicts.values())
    cells = [name, f"{stayer.pace:g}", len(verdicts), counts["passed"]]
    row = [*cells, *(counts[flaw] or "" for flaw in FLAWS)]
    failed = ", ".join(f"{id_[5:]} {v}" for id_, v in verdicts.items() if v != "passed")
    return f"| {' | '.join(map(str, row))} |", f"- {name}: {failed or 'none'}"


def _verdicts(stayer: Stayer, lives: Sequence[str]) -> dict[str, str]:
    """By life; without those that do not apply. Empty: it was not run through them here."""
    kept = _kept(stayer, lives)
    results = json.loads(kept.read_text("utf-8"))["cases"] if kept.is_file() else []
    verdicts = {each["id"]: each["verdict"] for each in results}
    return {id_: each for id_, each in verdicts.items() if each != "not-applicable"}


if __name__ == "__main__":
    sys.exit(main())
