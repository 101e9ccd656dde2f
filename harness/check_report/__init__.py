"""What is told of one check of a real mailbox: to the customer, to the IT team, in a ticket."""

from __future__ import annotations

from harness.check_report.check_findings import CheckFindings, gather

__all__ = ["CheckFindings", "gather"]
