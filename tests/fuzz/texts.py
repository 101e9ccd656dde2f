"""Files that people write, damaged: scenarios, mappings, logs. One line each, never a traceback."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from harness.classify.pasted import observe
from harness.files.problems import BadInput
from harness.mapping import load_mapping
from harness.reproducing.failure import find_failures
from harness.reproducing.material import lines_of, read
from harness.scenario import builtin_path
from harness.scenario.loading import load

_LOGS: Final = Path(__file__).parents[1] / "harness" / "reproducing" / "logs"
_MAPPING: Final = b"""does: {sends: false}
rules:
  - {code: EAUTH, message: /bad (user|password)/, means: unauthorized, cause: bad-credentials}
  - {code: [ETLS, 3], means: unauthorized-untrusted-certificate}
"""
_BITS: Final = (
    *(b"\n", b"  ", b": ", b"- ", b"{", b"}", b"[", b"]", b"'", b'"', b"&a ", b"*a"),
    *(b"<<: ", b"!x "),
    *(b"| ", b"> ", b"#", b"\t", b"\0", b"\xff", b"\xc3\xa9", b"\x85", b"null", b"1:59:59", b"0x1"),
    *(b"9" * 400, b".inf", b"-1", b"true", b"{tag}", b"{{", b"(((a+)+)+)+$", b"%00"),
    b"\x1b]0;x\x07",
)  # fmt: skip


@cache
def _seeds(kind: str) -> tuple[bytes, ...]:
    if kind == "mapping":
        return (_MAPPING,)
    folder, suffix = (builtin_path(), "*.yaml") if kind == "scenario" else (_LOGS, "*.log")
    return tuple(file.read_bytes() for file in sorted(folder.rglob(suffix))[::5])


def _damaged(chance: random.Random, text: bytes) -> bytes:
    for _ in range(chance.choice((1, 1, 2, 5))):
        begin = chance.randrange(len(text) + 1)
        end = min(len(text), begin + chance.choice((0, 0, 1, 3, 40)))
        text = text[:begin] + chance.choice(_BITS) + text[end:]
    return text


def _scenario(file: Path) -> None:
    load(file)


def _log(file: Path) -> None:
    find_failures(read(lines_of(file.read_bytes())))
    observe("imap", "imap-login", file.read_bytes()[:500].decode("utf-8", "replace"))


READERS: Final[dict[str, Callable[[Path], object]]] = {
    "scenario": _scenario,
    "mapping": load_mapping,
    "log": _log,
}


def read_damaged(kind: str, inputs: int, seed: int, folder: Path) -> None:
    """Read so many of this kind. Raises whatever is not BadInput, with the text in its notes."""
    chance = random.Random(f"{kind} {seed}")
    file = folder / "case.yaml"
    for _ in range(inputs):
        text = _damaged(chance, chance.choice(_seeds(kind)))
        file.write_bytes(text)
        try:
            READERS[kind](file)
        except BadInput as bad:
            assert str(bad).strip(), text
        except Exception as error:
            error.add_note(repr(text))
            raise
