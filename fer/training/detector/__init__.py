"""Training, evaluation and export of the bundled face detector.

Like all of `fer.training`, it is never imported by the app.
"""
