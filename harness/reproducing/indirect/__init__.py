"""What tells of a failure where no dialogue shows it: bounces, words that stand alone."""
