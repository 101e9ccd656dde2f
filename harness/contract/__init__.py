"""What a connector is given and what it says. Public: third parties write against it."""
