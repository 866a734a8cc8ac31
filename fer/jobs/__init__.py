"""Runs analyses that outlive a page: what a job is, its files on disk, the queue that runs it.

An upload outlives a restart of the server (`restart`). If the server was told to end, the next one
goes on by itself. If it was killed, `board` lists the analysis as interrupted: from the page,
somebody can continue it (`JobBoard.resume`), and after `GIVE_UP_S` it is given up and its upload
deleted. `folder` says where the files lie. `owned` decides who may see a result. Only `analysis`
knows how a recording is analysed; the queue gets it as a function. Nothing here knows of a page.
"""
