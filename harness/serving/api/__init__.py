"""The HTTP API of `serve`: its operations, who may call them, how it answers, and a client of it.

An operation is one function in `operations`; what it takes and gives are classes in `models`.
"""
