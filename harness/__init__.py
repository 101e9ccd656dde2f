"""Runs a connector against fake mailboxes and judges what it says."""
