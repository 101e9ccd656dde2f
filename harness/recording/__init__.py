"""Between a client and a real server: what is said is shown, and becomes a scenario.

`recorder` listens, and passes connections on; `recorded` makes a mailbox of the recording
that answers by meaning: rules by event and command, so that tags, ids and dates may differ.
"""
