"""Mailboxes that stand: `badinbox serve`, and what goes with it."""
