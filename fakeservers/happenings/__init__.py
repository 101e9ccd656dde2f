"""What may happen to a mailbox that runs: its links die, its mail comes or goes, its facts change.

`Mailbox` (`fakeservers.mailbox`) has a method for each. They are for those who stay connected: a
check that is over in a second does not see them.
"""
