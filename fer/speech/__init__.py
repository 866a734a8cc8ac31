"""The tone of a voice: log-mel frames in, windows with a probability for each emotion out.

Nothing here knows of faces or of a screen.
"""
