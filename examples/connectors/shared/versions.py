"""Prints the versions of the libraries that are named, and Python's."""

import platform
import sys
from importlib.metadata import version

told = [f"{name} {version(name)}" for name in sys.argv[1:]]
print(", ".join([*told, f"Python {platform.python_version()}"]))
