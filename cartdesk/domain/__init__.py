"""The rules of the shop's desk, in pure Python.

Nothing here reads a socket, a database, the clock or a file of the computer: every function
gets the facts and the time it needs, so each number on a screen can be worked out again from
stored rows. Only ``feedback/vocabulary.py`` reads files: the word lists of its own package.
"""
