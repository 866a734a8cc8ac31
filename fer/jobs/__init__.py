"""Analyses that outlive a page: what a job is, its files on disk, the queue that runs it.

Only `analysis` knows how a recording is analysed; the queue is handed that as a function. Nothing
here knows of a page.
"""
