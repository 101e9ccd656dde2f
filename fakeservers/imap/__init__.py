"""The IMAP server: its framing, log-in and wording are ours, its state machine is Twisted's."""

from fakeservers.imap.serve import serve

__all__ = ["serve"]
