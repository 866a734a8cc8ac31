"""Face detectors: a frame in, face boxes out.

Each detector has its module. To add one, derive it from `base.FaceDetector`, load it in
`load.load_detector`, and add its name to `fer.settings.DETECTORS`. No detector knows about
emotions, about time or about where a frame came from.
"""
