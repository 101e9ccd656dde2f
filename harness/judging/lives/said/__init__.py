"""Whether what a connector said in a life is so."""
