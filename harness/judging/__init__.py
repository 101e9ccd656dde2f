"""From what was expected, said and seen to a verdict. Pure, but for the watch of a mailbox."""
