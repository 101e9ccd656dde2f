"""Which messages are meant, in which order, and how that is told."""
