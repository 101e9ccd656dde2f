"""How one provider or server software words the standard, and what it does otherwise."""
