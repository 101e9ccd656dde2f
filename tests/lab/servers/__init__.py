"""The real servers, each a child process on loopback ports from a folder of its own."""
