"""The SMTP adapter: a submission server (RFC 6409) whose words and faults are data."""

from fakeservers.smtp.adapter import serve

__all__ = ["serve"]
