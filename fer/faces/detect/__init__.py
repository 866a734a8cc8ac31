"""Face detectors: a frame in, face boxes out.

Each detector has its own module here. To add one:

1. Derive a class from `base.FaceDetector`: give it a `name`, a text `about` it and a `crop_side`,
   and write `search`.
2. Add how it is loaded to `load.LOADERS`.
3. Add its name to `fer.settings.DETECTORS`, describe it in the help text of `FER_DETECTOR` there,
   and copy that text to `docs/operators/settings.md` and `.env.example`.

`docs/developers/adding.md` has an example.

Tests fail if one of these is missing. No detector knows about emotions, about time or about where a
frame came from.
"""
