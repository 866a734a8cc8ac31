"""A class that students join from their own browsers: its door, its pulse, its numbers.

What reaches a class is one-second buckets of single students, whoever made them. What leaves it is
sums over at least k students (`anonymity`). No screen and no SQL.
"""
