"""Access tokens: fetched from a token endpoint (RFC 6749), used at IMAP and SMTP, read."""
