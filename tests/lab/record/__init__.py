"""`python -m tests.lab record`: what a real server says, as a piece of a dialect or a scenario.

For those who add dialects. Only servers on this machine are spoken to.
"""

from tests.lab.record.command import main

__all__ = ["main"]
