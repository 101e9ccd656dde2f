"""Ports that many mailboxes share: what the client types there chooses the one that it is at."""
