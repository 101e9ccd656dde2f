"""What is told of a run. Reports know events and verdicts only."""
