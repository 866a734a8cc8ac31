"""Measurements of speed and memory: `python -m benchmarks NAME [--json]`.

Each module here is one benchmark, with a function `run`. What several share is in `parts`.
"""
