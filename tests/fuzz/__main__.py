"""`python -m tests.fuzz --inputs 1000000`: a share of them for each kind."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.fuzz import __doc__ as about
from tests.fuzz.dialogues import DIALOGUES
from tests.fuzz.mailboxes import drive
from tests.fuzz.texts import READERS, read_damaged

parser = argparse.ArgumentParser(prog="tests.fuzz", description=about)
parser.add_argument("--inputs", type=int, default=20_000)
parser.add_argument("--seed", type=int, default=1)
given = parser.parse_args()
share = given.inputs // (len(DIALOGUES) + len(READERS))
for name in DIALOGUES:
    drive(name, share, given.seed)
    print(f"{name}: {share}", flush=True)
with tempfile.TemporaryDirectory() as folder:
    for kind in READERS:
        read_damaged(kind, share, given.seed, Path(folder))
        print(f"{kind}: {share}", flush=True)
