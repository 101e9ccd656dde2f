"""badinbox against the servers that people test mail clients with, side by side in one run."""
