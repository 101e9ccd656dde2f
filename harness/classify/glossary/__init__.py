"""Words of other languages, and other English words for the same, put into those of the rules."""
