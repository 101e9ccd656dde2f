"""Real mail clients against a mailbox that works: one file for each client.

Each logs in, lists, selects, fetches, appends or sends, and logs out, as far as it can do each.
What counts is what the servers saw: log-ins with mechanism and TLS, messages, flags, and that
nothing was refused.
"""
