"""From a scenario file to its cases, checked, and to the catalogue of them."""
