"""The tone of a voice: sound goes in, and a probability for each emotion and window comes out.

Nothing here knows about faces or a screen.
"""
