"""Many live streams read by one worker: the engine, one visitor's session, the overlay.

Nothing here knows where the frames come from or which page shows the numbers.
"""
