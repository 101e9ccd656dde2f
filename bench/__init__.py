"""Measures of speed as ratios of two things measured in one run: `python -m bench`."""
