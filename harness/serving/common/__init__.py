"""The common ports of `serve --any`: a scenario is chosen there by what a product types."""
