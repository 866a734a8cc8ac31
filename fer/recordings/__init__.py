"""Turns a recorded file into a report, with checkpoints; and folders of files on many processes.

`find` lists the recordings in a folder, `segment` reads a part of a recording, `tracks` chooses
among several video tracks, `listen` analyses the sound, `assembly` puts the parts together,
`lecture` analyses one file and `cluster` a folder.

Nothing here knows of a page or of a background job: progress is reported to a callback.
"""
