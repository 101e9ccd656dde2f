"""What is not one command's own: help in groups, completion, running again."""
