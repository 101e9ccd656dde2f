"""A message as IMAP sees it: header fields, parts, sections."""
