"""Runs analyses that outlive a page: what a job is, its files on disk, the queue that runs it.

An upload outlives a restart of the server: `board` lists its analysis as interrupted, somebody can
continue it from the page (`JobBoard.resume`), and after `GIVE_UP_S` it is given up and the upload
deleted. `folder` says where the files lie. `owned` decides who may see a
result. Only `analysis` knows how a recording is analysed; the queue gets it as a function. Nothing
here knows of a page.
"""
