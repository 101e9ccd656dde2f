"""What happens to a mailbox while a connector stays connected, as a file words it."""
