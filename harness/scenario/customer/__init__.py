"""What the customer typed, or what the product holds since somebody signed in."""
