"""A recorded file to a report: segments, checkpoints, assembly, folders on many processes.

Nothing here knows of a page or of a background job: it takes a callback for progress.
"""
