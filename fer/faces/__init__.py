"""One frame in, face readings out: detectors, the crop, the classifier, landmarks.

`core` puts them together and decides whether a face counts as read, unsure or not readable.

Nothing here knows about time, files or a screen: a frame is an array, and each frame is read as
if it were the only one.
"""
