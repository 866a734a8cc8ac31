"""The parts of the recording page, and in `texts` all its words.

What the page computes lies in `fer/report`, `fer/mood` and `fer/jobs`; here it is only shown.
"""
