"""What a team does with the results of two runs: accept what is known, compare."""
