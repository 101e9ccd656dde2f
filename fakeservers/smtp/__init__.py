"""The SMTP adapter: a submission server (RFC 6409) whose words and faults are data."""
