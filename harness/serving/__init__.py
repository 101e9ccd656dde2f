"""Mailboxes that stand for as long as somebody wants them, and what drives them from outside."""
