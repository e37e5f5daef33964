"""The rules of the shop's desk, in pure Python.

Nothing here reads a file, a socket, a database or the clock: every function gets the facts
and the time it needs, so each number on a screen can be worked out again from stored rows.
"""
