"""How IMAP is written: lines and literals, arguments, sets, names (RFC 3501, section 9)."""
