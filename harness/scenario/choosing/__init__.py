"""By what scenarios are chosen: their summaries, and words in them."""
