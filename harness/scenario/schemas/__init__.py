"""The formats of scenarios and dialects as JSON Schema, for editors."""
