"""The built-in checker: connects a mailbox in the article's five steps and says what failed.

Built on IMAPClient and smtplib, over a connection of our own that opens, secures, times out and
records everything itself: what failed is read from that record, never from library exceptions.
"""

from __future__ import annotations

from harness.checker.check import check
from harness.checker.client_tls import hello_bytes
from harness.checker.record import OnSaid, SpokenLine
from harness.checker.steps import CheckStep, OnStep

__all__ = ["CheckStep", "OnSaid", "OnStep", "SpokenLine", "check", "hello_bytes"]
