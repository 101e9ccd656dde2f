"""YAML files that people wrote: read with line numbers, their mistakes explained."""
