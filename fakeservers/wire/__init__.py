"""Sockets, TLS, certificates, and the transcript of what passed. Knows the spec only."""
