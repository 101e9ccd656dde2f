"""Lives judged: what a connector that stays said, and what the mailbox saw, step by step. Pure."""
