"""Recordings, sound and pictures, decoded: the only place that hands files to a decoder.

Nothing here knows what is looked for in the frames and samples that it gives out.
"""
