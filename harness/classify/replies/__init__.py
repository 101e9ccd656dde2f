"""What servers answer, taken apart: mail servers and token endpoints."""
