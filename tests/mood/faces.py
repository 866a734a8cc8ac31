"""Made-up readings and buckets."""

import numpy as np

from fer.emotions import CONTEMPT, EMOTIONS, KNOWN
from fer.faces.core import FaceReading, FaceState
from fer.mood.bucket import MoodBucket


def reading(emotion, share=1.0, state=FaceState.READ, classes=EMOTIONS):
    """A face as a network reads it; one that looks contemptuous needs one that knows contempt."""
    classes = KNOWN if emotion == CONTEMPT else classes
    others = (1 - share) / (len(classes) - 1)
    probabilities = np.full(len(classes), others, np.float32)
    probabilities[classes.index(emotion)] = share
    return FaceReading((0, 0, 40, 40), probabilities, state=state)


def bucket(*emotions, classes=EMOTIONS):
    classes = KNOWN if CONTEMPT in emotions else classes
    return MoodBucket.of([reading(emotion, classes=classes) for emotion in emotions])
