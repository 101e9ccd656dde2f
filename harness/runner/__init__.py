"""Runs a connector against scenarios and tells events."""
