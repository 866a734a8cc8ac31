"""One frame in, face readings out: detectors, the crop, the classifier, landmarks.

Nothing here knows of time, of files or of a screen: a frame is an array, and each is read as if
it were the only one.
"""
