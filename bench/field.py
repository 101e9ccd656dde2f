"""How well are tickets of real products read?

    python -m bench.field [DRAW]… [--tickets] [--ids ID…]

Each ticket of `tests/harness/reproducing/field/` is given to `badinbox reproduce`, in this process.
A verdict compares what it found with the label, in documented error, stage, cause and whether the
password may be asked for again:

- *right*: all four. *acceptable*: each as the label says, or as it accepts; and nothing, where the
  label says that the ticket does not tell it (`unclassified`, at no stage).
- *partly*: the documented error is right or accepted; stage or cause are not, or the password is
  not asked for where it may be.
- *nothing*: no failure is found in it. *wrong*: another documented error is named, or the password
  is asked for where the label says that it may not.

*quoted* counts the tickets whose server's lines are told whole, and not where there are none;
*invented* those with a line of a server that their text does not have, *leaks* those with something
of a person's in the written scenario, *asked* those whose password is blamed wrongly.
"""

from __future__ import annotations

import argparse
import html
import io
import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from harness.classify.wording import decode
from harness.cli import main as badinbox
from harness.reproducing.making.words import own_words

FOLDER = Path(__file__).parents[1] / "tests" / "harness" / "reproducing" / "field"
VERDICTS = ("right", "acceptable", "partly", "nothing", "wrong")
KEYS = ("error", "stage", "cause", "ask_password")

PERSONAL = re.compile(
    # What the tickets have of persons: a name, addresses, and the base64 of both and the password.
    r"beispiel|192\.0\.2\.|YW5uYS5iZWlzcGllb|QmVpc3BpZWwtR2VoZWlt|AGFubmEuYmVpc3BpZW",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Ticket:
    """What was pasted, what a careful engineer says of it, and when it was drawn."""

    draw: str
    id: str
    input: str
    label: dict[str, str | None]
    accept: dict[str, list[str | None]]
    reply: str | None

    def fits(self, key: str, value: str | None) -> bool:
        return value == self.label[key] or value in self.accept.get(key, [])


@dataclass(frozen=True)
class Reading:
    """What was found in a ticket: as `--json` has it, empty where nothing was; the scenario."""

    told: dict[str, Any]
    scenario: str

    def value(self, key: str) -> str | None:
        value = self.told.get(key)
        return ("yes" if value else "no") if key == "ask_password" else value


def tickets(draws: Iterable[str] = ()) -> Iterator[Ticket]:
    """Those of some draws, or all."""
    chosen = set(draws)
    for file in sorted(FOLDER.glob("*/*.yaml")):
        if not chosen or file.parent.name in chosen:
            data = yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)
            said = {key: data.get(key, {}) for key in ("label", "accept")}
            yield Ticket(file.parent.name, file.stem, data["input"], reply=data["reply"], **said)


def read(ticket: Ticket, folder: Path) -> Reading:
    """Have it read by the command. Raises AssertionError where it ends in another way than found
    or not found."""
    log, scenario, out = folder / "ticket.log", folder / "made.yaml", io.StringIO()
    log.write_text(ticket.input, "utf-8")
    scenario.unlink(missing_ok=True)
    with redirect_stdout(out), redirect_stderr(io.StringIO()):
        code = badinbox(["reproduce", str(log), "--json", "--output", str(scenario)])
    assert code in (0, 2), f"{ticket.id}: {code}"
    written = scenario.read_text("utf-8") if scenario.exists() else ""
    return Reading(json.loads(out.getvalue()) if code == 0 else {}, written)


def verdict(ticket: Ticket, reading: Reading) -> str:
    """One of the verdicts."""
    if not reading.told:
        return "acceptable" if _tells_nothing(ticket) else "nothing"
    if all(reading.value(key) == ticket.label[key] for key in KEYS):
        return "right"
    if not ticket.fits("error", reading.value("error")) or asks_in_vain(ticket, reading):
        return "wrong"
    return "acceptable" if all(ticket.fits(key, reading.value(key)) for key in KEYS) else "partly"


def _tells_nothing(ticket: Ticket) -> bool:
    """Does the ticket not tell what failed? Then that nothing was found is as right."""
    unnamed = ticket.label["error"] == "unclassified" and ticket.label["stage"] is None
    return unnamed or ticket.fits("error", None)


def asks_in_vain(ticket: Ticket, reading: Reading) -> bool:
    """Is the password asked for where the label says that it may not be?"""
    return reading.value("ask_password") == "yes" and not ticket.fits("ask_password", "yes")


def invented(ticket: Ticket, reading: Reading) -> list[str]:
    """The lines that a server is said to have said, and that the ticket does not have."""
    whole = _plain(ticket.input)
    lines = list(reading.told.get("reply") or [])
    for words in own_words(yaml.safe_load(reading.scenario or "{}")):
        lines += re.sub(r"([{}])\1", r"\1", words).splitlines()  # a template, whose braces are two
    torn = "".join(whole.split())  # as where a terminal has ended lines in the midst of words
    return [
        line
        for line in lines
        if not _stands_in(_plain(line), whole)
        and not _stands_in("".join(_plain(line).split()), torn)
    ]


def quotes(ticket: Ticket, reading: Reading) -> bool:
    """Are the server's lines those of the ticket, whole, and none where it has none?"""
    found = reading.told.get("reply") or []
    if not found or ticket.reply is None:
        return not found and ticket.reply is None
    said = " ".join(_HEAD.sub("", _plain(line), 1) for line in found)
    wanted = " ".join(_HEAD.sub("", _plain(line), 1) for line in ticket.reply.splitlines())
    parts = [re.escape(part) for part in _STAND_IN.split(said)]
    return bool(re.fullmatch(r"\S*?".join(parts), wanted))


def leaks(reading: Reading) -> list[str]:
    """What of a person's is in the scenario."""
    return PERSONAL.findall(reading.scenario.replace(_OF_THE_CATALOGUE, ""))


_OF_THE_CATALOGUE = "192.0.2.0/24"
"""The network of the scenarios about addresses that are blocked."""
_STAND_IN = re.compile(r"\{[\w-]+\}|someone@example\.test|host\.example\.test/?|\*{3}")
"""What the scenario says in place of what is personal."""
_HEAD = re.compile(r"(?:\{tag\}|\*|\w+) (?:NO|BAD|BYE|OK|PREAUTH)\b ?|(\d{3})[- ]?")


def _stands_in(line: str, whole: str) -> bool:
    """Are the words of a line there, in order? Tag, status and code may stand apart from them."""
    if offered := re.search(r"\[CAPABILITY ([^]]*)\] ?", line):
        # Of what is offered, some may be taken away: the scenario says how it is secured.
        line = line.replace(offered[0], "")
        if not all(word in whole for word in offered[1].split()):
            return False
    head = _HEAD.match(line)
    code, words = (head[1], line[head.end() :]) if head else (None, line)
    parts = [re.escape(part) for part in _STAND_IN.split(words)]
    return (code is None or code in whole) and bool(re.search(r"\S*?".join(parts), whole))


def _decoded(literal: str) -> str:
    return decode(bytes.fromhex(literal.replace("\\x", "")))


def _plain(text: str) -> str:
    """Without quotes, escapes, links and wrapping, in which forms differ, and without what a
    terminal filled a line with."""
    text = re.sub(r" {20,}", "", text)
    text = re.sub(r"<a href=[^<>]*>([^<>]*)</a>", r"\1", html.unescape(text))
    text = re.sub(r"(?:\\x[0-9a-f]{2})+", lambda found: _decoded(found[0]), text)
    text = re.sub(r"\\+[rn]|\r|(?<=\n)\s*(?:> )+", " ", text)
    text = re.sub(r"['\"](\d\.\d+\.\d+)['\"],", r"\1", text)  # one of a tuple
    return re.sub(r"\s+", " ", re.sub(r"[\\\"'`]", "", text)).strip()


def table(rows: Iterable[tuple[Ticket, Reading]]) -> list[str]:
    """A line for each draw: how many of each verdict, and what may never be."""
    draws: dict[str, Counter[str]] = {}
    for ticket, reading in rows:
        count = draws.setdefault(ticket.draw, Counter())
        count.update(["tickets", verdict(ticket, reading)])
        count["quoted"] += quotes(ticket, reading)
        count["invented"] += bool(invented(ticket, reading))
        count["leaks"] += bool(leaks(reading))
        count["asked"] += asks_in_vain(ticket, reading)
    columns = ("tickets", *VERDICTS, "quoted", "invented", "leaks", "asked")
    lines = [f"{'draw':8}" + "".join(f"{name:>12}" for name in (*columns, "good"))]
    for draw, count in draws.items():
        good = f"{(count['right'] + count['acceptable']) / count['tickets']:.0%}"
        cells = [*(str(count[name]) for name in columns), good]
        lines.append(f"{draw:8}" + "".join(f"{cell:>12}" for cell in cells))
    return lines


def main() -> None:
    """Print the table; with `--tickets` also each that is neither right nor acceptable."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("draws", nargs="*", metavar="DRAW")
    parser.add_argument("--tickets", action="store_true", help="and what is not right")
    parser.add_argument("--ids", nargs="*", default=[], metavar="ID")
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for ticket in tickets(arguments.draws):
            if not arguments.ids or ticket.id in arguments.ids:
                rows.append((ticket, read(ticket, Path(folder))))
    for ticket, reading in rows if arguments.tickets else []:
        if (said := verdict(ticket, reading)) not in VERDICTS[:2] or invented(ticket, reading):
            print(f"{said:8}{ticket.draw}/{ticket.id}")
            for name, value in (("label", ticket.label), ("found", reading)):
                cells = [value.value(k) if isinstance(value, Reading) else value[k] for k in KEYS]
                print(f"        {name}: {' '.join(map(str, cells))}")
            print("        reply:", reading.told.get("reply"), invented(ticket, reading) or "")
    print(*table(rows), sep="\n")


if __name__ == "__main__":
    main()
