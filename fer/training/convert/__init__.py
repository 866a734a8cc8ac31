"""Turns models that were trained elsewhere into the ONNX file and card that the app reads.

The app never imports this package.
"""
