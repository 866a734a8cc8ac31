"""A class that students join from their own browsers: who may join, the pulse and the numbers.

One-second buckets of single students go in, whether the app or the student's own device read the
face (`fer.web.join.messages` has what such a device sends). Sums over at least k students come out
(`anonymity`). Nothing here knows of a screen or of SQL.
"""
