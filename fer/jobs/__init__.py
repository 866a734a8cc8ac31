"""Analyses that outlive a page: what a job is, its files on disk, the queue that runs it.

Nothing here knows how a recording is analysed: that is handed in as a function.
"""
