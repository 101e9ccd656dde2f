"""Commands for those who write scenarios and other files."""
