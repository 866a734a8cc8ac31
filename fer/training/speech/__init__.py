"""Training, evaluation and data of the voice network.

Like all of `fer.training`, it is never imported by the app.
"""
