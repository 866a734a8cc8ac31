"""Writes Keras networks as ONNX files, layer by layer, whatever backend Keras runs on."""
