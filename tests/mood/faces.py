"""Made-up readings and buckets."""

import numpy as np

from fer.emotions import EMOTIONS
from fer.faces.core import FaceReading, FaceState
from fer.mood.bucket import MoodBucket


def reading(emotion, share=1.0, state=FaceState.READ):
    probabilities = np.full(7, (1 - share) / 6, np.float32)
    probabilities[EMOTIONS.index(emotion)] = share
    return FaceReading((0, 0, 40, 40), probabilities, state=state)


def bucket(*emotions):
    return MoodBucket.of([reading(emotion) for emotion in emotions])
