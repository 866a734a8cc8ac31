"""Runs analyses that outlive a page: what a job is, its files on disk, the queue that runs it.

Only `analysis` knows how a recording is analysed; the queue gets it as a function. Nothing here
knows of a page.
"""
