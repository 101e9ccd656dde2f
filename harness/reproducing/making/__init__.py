"""From a failure to a scenario file: composed of what was said (`compose`, `words`), or copied from
the catalogue where no more is known (`copied`); which of both, `choice` says; written by
`file`."""
