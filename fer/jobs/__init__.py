"""Runs analyses that outlive a page: what a job is, its files on disk, the queue that runs it.

An upload outlives a restart of the server: `board` puts what was interrupted back into the queue,
and `folder` says where the files lie and when they are deleted. `owned` decides who may see a
result. Only `analysis` knows how a recording is analysed; the queue gets it as a function. Nothing
here knows of a page.
"""
