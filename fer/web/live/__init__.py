"""The parts of the live page; `texts` holds all its words.

`fer/live` and `fer/mood` do the computing; the modules here only show the results.
"""
