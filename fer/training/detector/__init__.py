"""Training, evaluation and export of the face detector that comes with the app.

The app never imports this package, nor anything else in `fer.training`.
"""
