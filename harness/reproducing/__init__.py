"""From what people have of a failure (a log, a reply, an error message) to a scenario of it.

`windows` finds the parts of a log that are worth reading, `shapes` knows how clients and servers
write their logs, `dialogue` is the normal form of what was said, `failure` finds what failed in it,
`nearest` compares that with the catalogue, and `compose` makes a scenario of it.
"""
