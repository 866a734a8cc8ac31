"""Readings over time: tracks, one-second buckets, class shares, alerts, cues and moments.

Nothing here sees a picture, opens a file or draws: numbers come in and numbers go out.
"""
