"""The authorization server of a mailbox (RFC 6749): it issues tokens over HTTP, or refuses to."""
