"""Training, evaluation and data of the facial expression network.

Like all of `fer.training`, it is never imported by the app.
"""
