"""From a host name to a secured connection, and the record of what was said on it."""
