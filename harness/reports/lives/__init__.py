"""Lives as reports show them: a time line, as lines of text and drawn; the page of `serve` has the
same."""
