"""Face detectors: a frame in, face boxes out.

Each detector has a module of its own. To add one, derive it from `base.FaceDetector`, name it in
`load.load_detector`, and add its name to `fer.settings.DETECTORS`. No detector knows of emotions,
of time or of where a frame came from.
"""
