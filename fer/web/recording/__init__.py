"""The parts of the recording page; `texts` holds all its words.

`fer/report`, `fer/mood` and `fer/jobs` do the computing; the modules here only show the results.
"""
