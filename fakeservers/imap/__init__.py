"""The IMAP server: its framing, log-in and wording are ours, its state machine is Twisted's.

- `grammar`: from bytes to commands and their arguments, and back onto the wire
- `mime`, `headers`: a message taken apart
- `commands`: what each does, and the table of them
- `serve`: a connection, to its end
"""
