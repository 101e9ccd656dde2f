"""From what people have of a failure (a log, a reply, an error message) to a scenario of it.

`windows` finds the parts of a log that are worth reading, and `material` reads them; `forms` knows
how clients and servers write their logs, from the files in `harness/known/forms/`, and `indirect`
what is told without a dialogue, such as words of servers that stand alone; `dialogue` is the
normal form of what was said; `failure` finds what failed in it, and at which of the `stages`, or
before anything was said (`below`), else by what people quote (`quotations`). `nearest` compares
that with the catalogue; `reproduced` is all that was found, as data. `making` makes a scenario of
it, without what is the customer's (`credentials`, `placeholders`).
"""
