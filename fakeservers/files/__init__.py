"""Data that comes with the code: the base of the models that it is read with, and what was read,
kept for the processes to come."""
