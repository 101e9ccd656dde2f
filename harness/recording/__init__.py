"""Between a client and a real server: what is said is shown, and becomes a scenario.

`relay` passes one connection on, `recorder` listens, `scenario` makes a mailbox of the recording
that answers by meaning: rules by event and command, so that tags, ids and dates may differ.
"""
