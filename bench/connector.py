"""The built-in checker as anyone's connector: a Python callable, and a command that stays."""

from __future__ import annotations

import json
import sys

from harness.checker import check as checker
from harness.connectors.connector import Request
from harness.contract.settings import ConnectionSettings


def check(settings: ConnectionSettings) -> object:
    """The callable: `bench.connector:check`."""
    return checker(settings)


def main() -> None:
    """The command: a line of settings in, a line of answer out."""
    for line in sys.stdin:
        print(json.dumps(checker(Request.model_validate_json(line)).model_dump(mode="json")))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
