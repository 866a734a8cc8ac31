"""Readings over time: tracks, one-second buckets, class shares, alerts, cues and moments.

Nothing here sees a picture or draws: numbers come in and numbers go out. `fer.faces` decides
whether a single reading is unsure. The only file that is read here is the card of a model, which
holds what the shares of a class are calculated with.
"""
