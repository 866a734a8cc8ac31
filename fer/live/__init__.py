"""Many live streams read by one worker: the engine, one visitor's session, the overlay.

Nothing here knows where the frames come from or which page shows the numbers: cameras and shared
windows are in `fer.web.sources` (the size of their pictures in `fer.web.sources.pictures`), the
pages in `fer.web`.
"""
