"""Lets the tests here import `staying`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
