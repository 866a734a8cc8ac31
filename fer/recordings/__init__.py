"""A recorded file to a report: segments, checkpoints, assembly, folders on many processes.

`find` lists a folder, `segment` reads a part of a recording, `tracks` and `listen` choose what to
read, `assembly` makes the report, `lecture` does one file and `cluster` a folder.

Nothing here knows of a page or of a background job: it takes a callback for progress.
"""
