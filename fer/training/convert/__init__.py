"""Models that were trained elsewhere, turned into this project's ONNX file and card.

Like all of `fer.training`, it is never imported by the app.
"""
