"""Training, evaluation and data of the network that reads facial expressions.

The app never imports this package, nor anything else in `fer.training`.
"""
