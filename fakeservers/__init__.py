"""Fake mailboxes: an account behind IMAP and SMTP services that work, or go wrong on demand."""
