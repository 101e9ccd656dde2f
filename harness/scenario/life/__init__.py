"""Scenarios that live: a mailbox that changes while a connector stays connected."""
