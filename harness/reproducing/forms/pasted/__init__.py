"""What pasting does to a log; `wrapped`: lines that were broken, put together again."""
