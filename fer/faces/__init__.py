"""One frame in, face readings out: detectors, the crop, the classifier, landmarks.

`core` puts them together and decides whether a face counts as read, unsure or not readable: it is
unsure where the largest probability is below the classifier's `abstain_below`. Over time
`fer.mood.track` applies the same rule to smoothed probabilities.

Nothing here knows about time, files or a screen: a frame is an array, and each frame is read as
if it were the only one.
"""
