"""The parts of the live page, and in `texts` all its words.

What the page computes lies in `fer/live` and `fer/mood`; here it is only shown.
"""
